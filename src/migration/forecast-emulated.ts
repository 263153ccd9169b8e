import type { Forecast } from '../compat/schema.ts'
import { changedWithin } from './changed-within.ts'
import { endOfHeldPassMs, endOfPassMs, leastEndBytes } from './end-of-pass.ts'
import { handOverMs, type Measured } from './measured.ts'
import { endsMs, leadMs } from './still-looks.ts'

/**
 * The guest runs for so long in each pass, about, while less is sent than could be: QEMU is held back near the end, is waited for
 * until it reckons, and knows only then that it may send on.
 */
const heldMs = 150
/** From when QEMU has looked to a guest that goes on. */
const goesOnMs = 20
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
    hasChannels = false,
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
  const endMs = maxBytesPerSecond === Infinity ? endOfPassMs : endOfHeldPassMs
  // At the end QEMU keeps to no rate that was given.
  const stillMs = (bytes: number) => (1000 * bytes) / rate.stillBytesPerSecond
  const fullBytes = memoryBytes * share
  const emptyBytes = memoryBytes - fullBytes
  // It runs until the target has taken in all of them.
  let emptyMs = (1000 * emptyBytes) / emptyBytesPerSecond
  let bytes = fullBytes
  let spentMs = setupMs
  let pauseMs = 0
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    const restBytes = Math.min(bytes, Math.max(leastEndBytes, (bytesPerSecond * endMs) / 1000))
    const dataMs = (1000 * (bytes - restBytes)) / bytesPerSecond
    const runsMs = heldMs + (hasChannels ? Math.max(dataMs, emptyMs) : dataMs + emptyMs)
    const changedBytes = Math.min(mostBytes, changedWithin(changes, runsMs))
    const tailMs = leadMs + stillMs(restBytes)
    pauseMs = tailMs + stillMs(changedBytes) + handOverMs
    spentMs += runsMs
    if (tailMs + stillMs(changedBytes) + endsMs <= mostPauseMs) {
      return { ...rates, converges: true, transferMs: spentMs + pauseMs, pauseMs }
    }
    spentMs += tailMs + goesOnMs
    emptyMs = 0
    bytes = changedBytes
  }
  return { ...rates, converges: false, transferMs: null, pauseMs }
}
