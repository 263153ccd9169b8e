/** What is done next about memory that changes faster than it is sent. */
export type Measure =
  | { readonly kind: 'pause'; readonly limitMs: number }
  | { readonly kind: 'slow down'; readonly mostPercent: number }
  | { readonly kind: 'post-copy' }
  | { readonly kind: 'give up' }

/** How far a transfer has come, as QEMU tells it. */
export interface TransferState {
  /** How often it has begun to send what was changed meanwhile. */
  readonly pass: number
  readonly remainingBytes: number
  /** By how much it slows the guest down. */
  readonly throttlePercent: number
  /** Whether it cannot slow the guest down further, though that is less than it was asked for. */
  readonly isSlowedMost?: boolean
}

/** How long the guest may stand still if the operator does not say (QEMU's default). */
export const defaultPauseMs = 300
/** QEMU slows a guest down step by step, to this at most. */
const mostThrottlePercent = 99
/** With post-copy as the other way out: a guest that does half of its work is better off there than slowed down further. */
const mostBeforePostcopyPercent = 50
/** So many passes that leave no less than the ones before are taken for standing still. */
const idlePasses = 2
/** A pass that leaves this share of the least so far gets on. */
const gainShare = 0.9
/** Passes can be short: no measure before the last one can have worked. */
const patienceMs = 1_000
/** Of a guest that is slowed down: it takes some passes until QEMU has got to the most. */
const slowedPasses = 30
/** QEMU slows it down further as a pass begins: only the passes after that one tell what it helps. */
const passesAtMost = 5

/**
 * Watches a transfer, and says what to do when it does not get on: first the pause may be longer, doubled each time up to
 * what the operator allows; then the guest is slowed down; then there is no way but to give up, or, if the operator allows
 * it, to let the guest go on at the target before all of its memory is there. Pure but for what it remembers.
 */
export class Convergence {
  /** How long the guest may stand still at the very most: what the operator allows. */
  readonly mostPauseMs: number
  readonly #lastResort: Measure
  readonly #mostThrottlePercent: number
  #pauseMs: number
  #slowedSincePass: number | undefined
  #atMostSincePass: number | undefined
  #pass = 1
  #passBytes = 0
  #leastBytes = Infinity
  #leastAtPass = 0
  #lastMeasureMs = -Infinity
  #isOver = false

  /**
   * @param mostPauseMs that the operator allows
   * @param mayPostcopy whether the operator allows post-copy
   */
  constructor(mostPauseMs = defaultPauseMs, mayPostcopy = false) {
    this.mostPauseMs = mostPauseMs
    this.#lastResort = { kind: mayPostcopy ? 'post-copy' : 'give up' }
    this.#mostThrottlePercent = mayPostcopy ? mostBeforePostcopyPercent : mostThrottlePercent
    this.#pauseMs = Math.min(defaultPauseMs, mostPauseMs)
  }

  /** How long the guest may stand still by now. */
  get pauseMs(): number {
    return this.#pauseMs
  }

  /** @param nowMs on any clock that only goes forward */
  look(
    { pass, remainingBytes, throttlePercent, isSlowedMost = false }: TransferState,
    nowMs: number,
  ): Measure | undefined {
    if (this.#isOver) return undefined
    if (pass === this.#pass) {
      this.#passBytes = Math.max(this.#passBytes, remainingBytes)
      return undefined
    }
    // What a pass begins with is what was changed during the one before; to its end it always gets less.
    const [ended, endedBytes] = [this.#pass, this.#passBytes]
    this.#pass = pass
    this.#passBytes = remainingBytes
    if (isSlowedMost || throttlePercent >= this.#mostThrottlePercent) this.#atMostSincePass ??= pass
    // The first pass goes over all memory: it says nothing of what the guest changes.
    if (ended === 1) return undefined
    if (endedBytes < gainShare * this.#leastBytes) {
      this.#leastBytes = endedBytes
      this.#leastAtPass = pass
      return undefined
    }
    // What was done for the pass that has just ended may have helped.
    if (remainingBytes < gainShare * this.#leastBytes) return undefined
    if (pass - this.#leastAtPass < idlePasses || nowMs - this.#lastMeasureMs < patienceMs) return undefined
    const measure = this.#next(pass)
    if (measure === undefined) return undefined
    this.#leastBytes = Infinity
    this.#lastMeasureMs = nowMs
    return measure
  }

  #next(pass: number): Measure | undefined {
    if (this.#pauseMs < this.mostPauseMs) {
      this.#pauseMs = Math.min(2 * this.#pauseMs, this.mostPauseMs)
      return { kind: 'pause', limitMs: this.#pauseMs }
    }
    if (this.#slowedSincePass === undefined) {
      this.#slowedSincePass = pass
      return { kind: 'slow down', mostPercent: this.#mostThrottlePercent }
    }
    const hasBeenAtMost = pass - (this.#atMostSincePass ?? pass) >= passesAtMost
    this.#isOver = hasBeenAtMost || pass - this.#slowedSincePass > slowedPasses
    return this.#isOver ? this.#lastResort : undefined
  }
}
