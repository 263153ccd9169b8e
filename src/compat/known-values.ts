import { type Fact, HostFacts, isKnown } from '../facts/schema.ts'
import { type CheckInput, lookUp, type Need } from './input.ts'
import { perObject } from './per-object.ts'

/** In the place of what is not known. */
const unread = Symbol('unread')

/** The facts of a host by their place in the list of names: to look one up by its name, for every rule anew, is slow. */
export interface HostView {
  readonly values: readonly unknown[]
  /** A bit for each fact that is not known. */
  readonly unread: number
}

interface View {
  input: CheckInput | undefined
  source: HostView
  target: HostView
}

const noHost: HostView = { values: [], unread: -1 }

/** Of the check that is under way: all its rules are judged before the next one begins. */
const view: View = { input: undefined, source: noHost, target: noHost }

const hostNames = Object.keys(HostFacts.shape) as (keyof HostFacts)[]
if (hostNames.length > 31) throw new Error('There are more facts of a host than bits in a number')

function valueOf(fact: Fact<unknown>): unknown {
  return isKnown(fact) ? fact.known : unread
}

/** The same for all zones that are checked against a host. Not all that is told of a host is a fact. */
export const hostView = perObject((facts: HostFacts): HostView => {
  const values = hostNames.map((name) => {
    const told: unknown = facts[name]
    return typeof told === 'object' && told !== null ? valueOf(told as Fact<unknown>) : unread
  })
  return {
    values,
    unread: values.reduce<number>((bits, value, at) => (value === unread ? bits | (1 << at) : bits), 0),
  }
})

/** Makes the facts of a check those that readers read. */
function look(input: CheckInput): void {
  if (view.input === input) return
  view.input = input
  view.source = hostView(input.source)
  view.target = hostView(input.target)
}

/** Where the fact is, if it is one of a host. */
function placeOf(need: Need): { readonly side: 'source' | 'target'; readonly index: number } | undefined {
  const [side, name] = need.split('.')
  if (name === undefined) return undefined
  return { side: side === 'source' ? side : 'target', index: hostNames.findIndex((fact) => fact === name) }
}

/** Reads one fact of the check that is under way; `unread` if it is not known. */
function reader(need: Need): () => unknown {
  const place = placeOf(need)
  if (place === undefined) {
    const read = lookUp(need)
    return () => (view.input === undefined ? unread : valueOf(read(view.input)))
  }
  const { side, index } = place
  return side === 'source' ? () => view.source.values[index] : () => view.target.values[index]
}

/** The bits of those facts that are of one host. */
export function bitsOf(needs: readonly Need[], wanted: 'source' | 'target'): number {
  return needs.reduce((bits, need) => {
    const place = placeOf(need)
    return place?.side === wanted ? bits | (1 << place.index) : bits
  }, 0)
}

/** Reads facts of whatever check is under way under names of a rule's own. */
export interface KnownValues {
  /** The value of each fact, as a property of its name; undefined if it is not known. */
  readonly values: Readonly<Record<string, unknown>>
  /** Whether any of those that are needed is not known in this check, which is under way from now on. */
  lacks(input: CheckInput): boolean
}

/** @param needs and @param wants the facts by the names of the rule; only those that are needed can lack */
export function knownValues(
  needs: Readonly<Record<string, Need>>,
  wants: Readonly<Record<string, Need>>,
): KnownValues {
  const needed = Object.values(needs)
  const [ofSource, ofTarget] = [bitsOf(needed, 'source'), bitsOf(needed, 'target')]
  const own = needed.filter((need) => placeOf(need) === undefined).map(reader)
  const getters = Object.entries({ ...needs, ...wants }).map(([name, need]) => {
    const read = reader(need)
    const get = () => {
      const value = read()
      return value === unread ? undefined : value
    }
    return [name, { get, enumerable: true }] as const
  })
  return {
    values: Object.defineProperties({}, Object.fromEntries(getters)),
    lacks(input) {
      look(input)
      if ((view.source.unread & ofSource) !== 0 || (view.target.unread & ofTarget) !== 0) return true
      return own.some((read) => read() === unread)
    },
  }
}
