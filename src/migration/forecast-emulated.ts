import type { Forecast } from '../compat/schema.ts'
import { changedWithin } from './changed-within.ts'
import { handOverMs, type Measured } from './measured.ts'
import { endOfPassMs, leastEndBytes, reckonMs } from './still-looks.ts'

/** Beyond that it is going round. */
const mostPasses = 100

/**
 * Foretells the live migration of an emulated guest, which is stopped at the end of each pass (see `StillLooks`): what it has
 * changed by then is sent at once if it fits into the pause that is allowed, and is another pass if not. Pure.
 */
export function walkEmulated(
  {
    memoryBytes,
    share,
    emptyBytesPerSecond,
    setupMs,
    changes,
    maxBytesPerSecond = Infinity,
    ...rate
  }: Measured,
  mostPauseMs: number,
): Forecast {
  const bytesPerSecond = Math.min(rate.bytesPerSecond, maxBytesPerSecond)
  const mostBytes = Math.min(memoryBytes, changedWithin(changes, Infinity))
  const rates = { bytesPerSecond, dirtyBytesPerSecond: changedWithin(changes, 1000) }
  // At the end QEMU keeps to no rate that was given.
  const stillMs = (bytes: number) => (1000 * bytes) / rate.stillBytesPerSecond
  const fullBytes = memoryBytes * share
  let emptyMs = (1000 * (memoryBytes - fullBytes)) / emptyBytesPerSecond
  let bytes = fullBytes
  let spentMs = setupMs
  let pauseMs = 0
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    const restBytes = Math.min(bytes, Math.max(leastEndBytes, (bytesPerSecond * endOfPassMs) / 1000))
    const runsMs = (1000 * (bytes - restBytes)) / bytesPerSecond
    const changedBytes = Math.min(mostBytes, changedWithin(changes, runsMs))
    pauseMs = stillMs(restBytes) + emptyMs + stillMs(changedBytes) + handOverMs
    spentMs += runsMs
    if (changedBytes <= (bytesPerSecond * (mostPauseMs + reckonMs)) / 1000) {
      return { ...rates, converges: true, transferMs: spentMs + pauseMs, pauseMs }
    }
    spentMs += stillMs(restBytes) + emptyMs
    emptyMs = 0
    bytes = changedBytes
  }
  return { ...rates, converges: false, transferMs: null, pauseMs }
}
