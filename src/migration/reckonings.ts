import type { Look } from './end-of-pass.ts'

/**
 * QEMU's migration thread sends what its rate allows in so long, and waits until that is over; then it reckons what the pause
 * that it is allowed comes to, and goes on (`migration_rate_limit()` of QEMU, BUFFER_DELAY). What it is told in between takes effect then.
 */
export const everyMs = 100
/** The same with what QEMU does besides: it has reckoned anew by then. */
export const reckoningMs = 110
/** By then in any case: it may be busy with one page after the other for 50 ms, or wait for the target. */
const longestMs = 250

/** Tells from looks at a transfer when QEMU reckons. Pure but for what it remembers. */
export class Reckonings {
  #last:
    | { readonly remainingBytes: number; readonly bytesPerSecond: number; readonly atMs: number }
    | undefined
  /** Undefined: none was seen. */
  #lastMs: number | undefined
  #hasReckoned = false
  /** Undefined: it sends. */
  #waitsSinceMs: number | undefined
  /** When it was told something that takes effect with the next one. */
  #toldMs: number | undefined

  /** To be called with each look. */
  look({ remainingBytes, bytesPerSecond }: Look, nowMs: number): void {
    const last = this.#last
    // Whoever waits has sent two pages or so when that changes.
    const hasGoneOn = this.isWaiting && last?.remainingBytes !== remainingBytes
    this.#hasReckoned = last !== undefined && last.bytesPerSecond !== bytesPerSecond
    if (last !== undefined && (this.#hasReckoned || hasGoneOn)) this.#lastMs = last.atMs
    if (this.#hasReckoned) this.#toldMs = undefined
    this.#waitsSinceMs =
      last?.remainingBytes === remainingBytes ? (this.#waitsSinceMs ?? last.atMs) : undefined
    this.#last = { remainingBytes, bytesPerSecond, atMs: nowMs }
  }

  /** Whether it has since the last look but one. */
  get hasReckoned(): boolean {
    return this.#hasReckoned
  }

  /** Whether QEMU sends nothing: it has sent what it may, or the target takes nothing. */
  get isWaiting(): boolean {
    return this.#waitsSinceMs !== undefined
  }

  /** For how long it has, in ms. */
  waitsForMs(nowMs: number): number {
    return nowMs - (this.#waitsSinceMs ?? nowMs)
  }

  /** To be called when QEMU was told what takes effect with the next reckoning. */
  told(nowMs: number): void {
    this.#toldMs = nowMs
    // What has changed by the next look may have changed before that.
    this.#last = undefined
    this.#waitsSinceMs = undefined
  }

  /** Whether QEMU has not reckoned since it was told. */
  isPending(nowMs: number): boolean {
    return this.#toldMs !== undefined && nowMs - this.#toldMs < longestMs
  }

  /** How soon it reckons if it sends no more than it may, in ms; undefined: it is not known, or overdue. */
  nextInMs(nowMs: number): number | undefined {
    const inMs = (this.#lastMs ?? Number.NEGATIVE_INFINITY) + everyMs - nowMs
    return inMs < 0 ? undefined : inMs
  }
}
