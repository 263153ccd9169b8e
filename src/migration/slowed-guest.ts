/** The shortest time that a guest runs at a stretch, and the longest that it stands still, if it may. */
const leastRunsMs = 10
const mostStillMs = 500
const cycleMs = 100
const stepPercent = 20

/**
 * When a guest that is slowed down runs and when it stands still. QEMU can slow a guest down itself (auto-converge), but
 * forgets that for as long as a second each time the guest is stopped and goes on, as an emulated one does with each pass.
 * Pure but for what it remembers.
 */
export class SlowedGuest {
  readonly #allowedMs: () => number
  #percent = 0
  #mostPercent = 0
  #isRunning = true
  #sinceMs = 0
  #stillMs = 0

  /** @param allowedMs how long it may stand still at a time */
  constructor(allowedMs: () => number = () => mostStillMs) {
    this.#allowedMs = allowedMs
  }

  /** The share of its time that it stands still. */
  get percent(): number {
    return this.#percent
  }

  /** Whether it cannot be slowed down further. */
  get isAtMost(): boolean {
    return this.#percent > 0 && this.#percent >= this.#reachablePercent()
  }

  /** From now on the guest is slowed down, more with each pass, up to this share of its time. */
  slowDown(mostPercent: number): void {
    this.#mostPercent = mostPercent
  }

  /** A pass was of no help. */
  slowDownFurther(): void {
    this.#percent = Math.min(this.#reachablePercent(), this.#percent + stepPercent)
  }

  #longestMs(): number {
    return Math.min(mostStillMs, this.#allowedMs())
  }

  /** It runs for a moment each time that it has stood still for as long as it may. */
  #reachablePercent(): number {
    const mostMs = this.#longestMs()
    return Math.min(this.#mostPercent, Math.floor((100 * mostMs) / (mostMs + leastRunsMs)))
  }

  /** To be told whenever it is stopped or goes on. */
  noteRunning(isRunning: boolean, nowMs: number): void {
    if (this.#isRunning && !isRunning) {
      // If it ran for longer than it should have, it stands still for longer.
      const share = this.#percent / (100 - this.#percent)
      this.#stillMs = Math.min(this.#longestMs(), (nowMs - this.#sinceMs) * share)
    }
    if (this.#isRunning !== isRunning) this.#sinceMs = nowMs
    this.#isRunning = isRunning
  }

  /** What is to be done with it next, and when, in ms from now; undefined: it is not slowed down. */
  next(nowMs: number): { readonly isToRun: boolean; readonly inMs: number } | undefined {
    if (this.#percent === 0) return undefined
    const runsMs = Math.max(leastRunsMs, (cycleMs * (100 - this.#percent)) / 100)
    const wholeMs = this.#isRunning ? runsMs : this.#stillMs
    return { isToRun: !this.#isRunning, inMs: Math.max(0, this.#sinceMs + wholeMs - nowMs) }
  }
}
