import { leastEndBytes } from './end-of-pass.ts'

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

/** From the last page to a guest that goes on at the target, where both hosts are busy. */
export const endsMs = 100
/** A guest with less to send than for so long does not go on: all could be sent before it does. */
const leastLeftMs = 50

/** What an emulated guest has changed when it stands still for the end of a pass, and how fast that is sent. */
export interface Rest {
  readonly remainingBytes: number
  readonly bytesPerSecond: number
}

/**
 * Whether the guest may stand still until all of that is sent and it goes on at the target.
 *
 * @param stillMs for how long it stands still already
 */
export function fits({ remainingBytes, bytesPerSecond }: Rest, stillMs: number, pauseMs: number): boolean {
  return stillMs + (1000 * remainingBytes) / bytesPerSecond + endsMs <= pauseMs
}

/** All of that could be sent before the guest goes on. */
export function isLittle({ remainingBytes, bytesPerSecond }: Rest): boolean {
  return remainingBytes <= Math.max(leastEndBytes, (bytesPerSecond * leastLeftMs) / 1000)
}

/** Every guest that runs has changed so much that `leastEndBytes` count as part of the end. */
export function changedMs({ remainingBytes, bytesPerSecond }: Rest): number {
  return (1000 * Math.max(0, remainingBytes - leastEndBytes)) / Math.max(1, bytesPerSecond)
}
