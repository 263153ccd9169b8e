import type { Changes } from './changed-within.ts'

/** What was measured of a guest and of the way to its target; sizes in bytes. */
export interface Measured {
  readonly memoryBytes: number
  /** How much of the memory is not empty, from 0 to 1. */
  readonly share: number
  /** Guest memory that gets to the target in a second while the guest runs. */
  readonly bytesPerSecond: number
  /** The same while the guest stands still, and leaves its processors to the sending. */
  readonly stillBytesPerSecond: number
  readonly setupMs: number
  /** How fast QEMU gets over empty pages, which it only names. */
  readonly emptyBytesPerSecond: number
  readonly changes: Changes
  /** How long the operator lets the guest stand still; the stream keeps to what bandwidth is allowed. */
  readonly maxPauseMs?: number | undefined
  readonly maxBytesPerSecond?: number | undefined
  /** Whether the operator lets it go on at the target before all of its memory is there. */
  readonly mayPostcopy?: boolean
  /** Whether its processors are emulated: it is then stopped at the end of each pass. */
  readonly isEmulated?: boolean
  /** What the end of the last migrations of such guests to that host took: see `endingMs()`. */
  readonly endingsMs?: readonly number[]
}

/** What comes with each pause, where nothing was measured: the state of the devices, and the hand-over. */
export const handOverMs = 60
