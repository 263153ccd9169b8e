import { isKnown } from '../facts/schema.ts'
import { targetDifferences, targetSeen } from './context.ts'
import { type CheckInput, type Need, ownNames } from './input.ts'
import { bitsOf, hostView } from './known-values.ts'
import type { Rule } from './rule.ts'

/** Facts as bits: those of the target by their place among the facts of a host, and those of the zone or of both hosts. */
interface Bits {
  readonly target: number
  readonly own: number
}

/** What is not the same as in the last check; `seen`: of what tells one target from another besides its facts. */
interface Changed extends Bits {
  readonly seen: number
}

const everything: Changed = { target: -1, own: -1, seen: -1 }
/** A rule that found something. */
const loud = -1

/**
 * Which rules need not be judged again. A zone is mostly checked against one host after the other, and hosts are mostly
 * alike: a rule that found nothing against the last one and reads nothing that is different now finds nothing again,
 * since rules are pure. What it looked at besides its facts, such as the name of the host, counts as well.
 */
export class StillQuiet {
  readonly #reads: readonly Bits[]
  /** What each rule has looked at of the target besides its facts, when it was judged last. */
  readonly #seen: number[]
  #last: CheckInput | undefined
  #changed: Changed = everything

  constructor(rules: readonly Rule[]) {
    this.#reads = rules.map(({ reads }) => ({ target: bitsOf(reads, 'target'), own: ownBitsOf(reads) }))
    this.#seen = rules.map(() => loud)
  }

  /** A check begins. */
  begin(input: CheckInput): void {
    this.#changed = this.#last === undefined ? everything : changedBetween(this.#last, input)
    // Until it ends: of one that is broken off, some rules have seen this one, and the others the one before.
    this.#last = undefined
  }

  /** All rules were judged. */
  end(input: CheckInput): void {
    this.#last = input
  }

  /** Whether a rule, by its number, finds nothing again. */
  has(rule: number): boolean {
    const reads = this.#reads[rule] ?? everything
    const seen = this.#seen[rule] ?? loud
    const { target, own, seen: others } = this.#changed
    if (seen === loud || this.#changed === everything) return false
    return (reads.target & target) === 0 && (reads.own & own) === 0 && (seen & others) === 0
  }

  /** A rule was judged. */
  note(rule: number, foundNothing: boolean): void {
    this.#seen[rule] = foundNothing ? targetSeen() : loud
  }
}

function ownBitsOf(needs: readonly Need[]): number {
  return ownNames.reduce((bits, name, index) => (needs.includes(name) ? bits | (1 << index) : bits), 0)
}

function changedBetween(one: CheckInput, other: CheckInput): Changed {
  if (!isSameZone(one, other)) return everything
  const [was, is] = [hostView(one.target).values, hostView(other.target).values]
  let target = 0
  for (let index = 0; index < is.length; index += 1) if (was[index] !== is[index]) target |= 1 << index
  let own = 0
  for (const [index, name] of ownNames.entries()) if (!isSame(one[name], other[name])) own |= 1 << index
  return { target, own, seen: targetDifferences(one, other) }
}

type OwnFact = CheckInput[(typeof ownNames)[number]]

function isSame(one: OwnFact, other: OwnFact): boolean {
  if (one === other) return true
  if (one === undefined || other === undefined) return false
  return isKnown<unknown>(one) && isKnown<unknown>(other) && one.known === other.known
}

/** The same zone, host and wish: all but the target. */
function isSameZone(one: CheckInput, other: CheckInput): boolean {
  return (
    one.contract === other.contract &&
    one.properties === other.properties &&
    one.zone === other.zone &&
    one.source === other.source &&
    one.intent.kind === other.intent.kind &&
    one.intent.encrypt === other.intent.encrypt &&
    one.intent.cipher === other.intent.cipher &&
    one.intent.postcopy === other.intent.postcopy &&
    one.intent.maxPauseMs === other.intent.maxPauseMs &&
    one.intent.operationId === other.intent.operationId
  )
}
