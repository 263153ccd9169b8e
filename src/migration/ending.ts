/** The end of the live migration of an emulated guest, as its source knows it. */
export interface Ending {
  /** When the guest was stopped for it, on the clock of `performance.now()`. */
  readonly stoppedAtMs: number
  /** For what was changed in the last pass, at the rate of the stream; a guest at rest changes something, too, and that is left out. */
  readonly dataMs: number
}

/**
 * What it took besides what was changed: until QEMU had sent the rest of the pass and looked, devices, hand-over, and all that the hosts
 * were late by.
 *
 * @param continuedAtMs when the guest went on at the target, on the clock of `performance.now()`
 */
export function endingMs({ stoppedAtMs, dataMs }: Ending, continuedAtMs: number): number {
  return Math.max(0, continuedAtMs - stoppedAtMs - dataMs)
}

/** What is to be expected by what was measured lately. A guess counts as one more: a single migration may have been out of the ordinary. */
export function expected(measuredMs: readonly number[], guessMs: number): number {
  const sorted = [...measuredMs, guessMs].toSorted((a, b) => a - b)
  const [below = guessMs, above = guessMs] = [
    sorted[Math.ceil(sorted.length / 2) - 1],
    sorted[sorted.length >> 1],
  ]
  return (below + above) / 2
}
