import type { Forecast } from '../compat/schema.ts'
import { type Changes, changedWithin } from './changed-within.ts'

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
  /** Whether QEMU looks for empty pages while others are being sent: with several channels it does. */
  readonly emptyBeside: boolean
  readonly changes: Changes
}

/** How long the guest may stand still at the end (QEMU's default). */
const downtimeLimitMs = 300
/** QEMU sends for so long before it looks again how much is left. */
const stepMs = 50
/** Empty pages are looked for and named. About what QEMU reaches on one core; each is sent but once. */
const emptyBytesPerSecond = 1.2e9
/** What comes with each pause: the state of the devices, and the hand-over. */
const handOverMs = 30
/** What has not come to an end by then does not. */
const endlessMs = 3_600_000

/**
 * Foretells a live migration by going through it as QEMU does: all memory, then what was changed meanwhile, and so on
 * until the rest can be sent within the pause that is allowed. Pure.
 */
export function forecast(measured: Measured): Forecast {
  const { memoryBytes, share, bytesPerSecond, stillBytesPerSecond, setupMs, changes, emptyBeside } = measured
  const [full, empty] = [share / bytesPerSecond, (1 - share) / emptyBytesPerSecond]
  const firstRate = 1 / (emptyBeside ? Math.max(full, empty) : full + empty)
  // A page that waits to be sent again waits but once, however often it is changed.
  const mostBytes = Math.min(memoryBytes, changedWithin(changes, Infinity))
  let firstBytes = memoryBytes
  let changedBytes = 0
  let spentMs = 0
  let lookedMs = 0
  const leftSeconds = () => firstBytes / firstRate + changedBytes / bytesPerSecond
  const pauseMs = () => handOverMs + (leftSeconds() * 1000 * bytesPerSecond) / stillBytesPerSecond
  const rates = { bytesPerSecond, dirtyBytesPerSecond: changedWithin(changes, 1000) }
  while (spentMs < endlessMs) {
    const isFirst = firstBytes > 0
    const rate = isFirst ? firstRate : bytesPerSecond
    const limitBytes = (rate * (isFirst ? share : 1) * downtimeLimitMs) / 1000
    const sent = Math.min(isFirst ? firstBytes : changedBytes, (rate * stepMs) / 1000)
    if (isFirst) firstBytes -= sent
    else changedBytes -= sent
    spentMs += (sent * 1000) / rate
    if (firstBytes + changedBytes >= limitBytes) continue
    changedBytes = Math.min(mostBytes, changedBytes + changedWithin(changes, spentMs - lookedMs))
    lookedMs = spentMs
    if (firstBytes + changedBytes >= limitBytes) continue
    return { ...rates, converges: true, transferMs: setupMs + spentMs + pauseMs(), pauseMs: pauseMs() }
  }
  return { ...rates, converges: false, transferMs: null, pauseMs: pauseMs() }
}
