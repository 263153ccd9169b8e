import { type Fact, HostFacts, isKnown } from '../facts/schema.ts'
import { type CheckInput, lookUp, type Need, ownNames } from './input.ts'
import { perObject } from './per-object.ts'

/** In the place of what is not known. */
const unread = Symbol('unread')

/** The values of all facts of one check in lists: to look one up by its names, for every rule anew, is slow. */
interface View {
  input: CheckInput | undefined
  own: readonly unknown[]
  source: readonly unknown[]
  target: readonly unknown[]
}

/** Of the check that is under way: all its rules are judged before the next one begins. */
const view: View = { input: undefined, own: [], source: [], target: [] }

const hostNames = Object.keys(HostFacts.shape) as (keyof HostFacts)[]
const ownReaders = ownNames.map(lookUp)

function valueOf(fact: Fact<unknown>): unknown {
  return isKnown(fact) ? fact.known : unread
}

/** The same for all zones that are checked against a host. Not all that is told of a host is a fact. */
const hostValues = perObject((facts: HostFacts): readonly unknown[] =>
  hostNames.map((name) => {
    const told: unknown = facts[name]
    return typeof told === 'object' && told !== null ? valueOf(told as Fact<unknown>) : unread
  }),
)

/** Makes the facts of a check those that readers read. */
function look(input: CheckInput): void {
  if (view.input === input) return
  view.input = input
  view.own = ownReaders.map((read) => valueOf(read(input)))
  view.source = hostValues(input.source)
  view.target = hostValues(input.target)
}

/** Reads one fact of the check that is under way; `unread` if it is not known. */
function reader(need: Need): () => unknown {
  const [side, name] = need.split('.')
  if (name === undefined) {
    const index = ownNames.findIndex((own) => own === need)
    return () => view.own[index]
  }
  const index = hostNames.findIndex((fact) => fact === name)
  return side === 'source' ? () => view.source[index] : () => view.target[index]
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
  const needed = Object.values(needs).map(reader)
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
      return needed.some((read) => read() === unread)
    },
  }
}
