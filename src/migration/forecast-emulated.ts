import type { Forecast } from '../compat/schema.ts'
import { changedWithin } from './changed-within.ts'
import { Convergence } from './convergence.ts'
import { endOfHeldPassMs, endOfPassMs, leastEndBytes } from './end-of-pass.ts'
import { changedMs, expected, fits, isLittle } from './ending.ts'
import { handOverMs, type Measured } from './measured.ts'
import { pauseLimit } from './pause-limit.ts'
import { SlowedGuest } from './slowed-guest.ts'
import { leadMs, slowedStillMs } from './still-looks.ts'

/**
 * The guest runs for so long in each pass, about, while less is sent than could be: QEMU is held back near the end, is waited for
 * until it reckons, and knows only then that it may send on.
 */
const heldMs = 300
/**
 * It is stopped when so much of that is left, in the middle: QEMU sends what it is told by then, and twice that is not to be the
 * end yet (see `HeldStream.isAtLimit()`).
 */
const restShare = 3 / 4
/** From when QEMU has looked to a guest that goes on. */
const goesOnMs = 20

/**
 * Foretells the live migration of an emulated guest, which is stopped at the end of each pass (see `StillLooks`): what it has
 * changed by then is sent at once if it fits into the pause that is allowed, and is another pass if not. What is done about
 * passes that do not get on is decided as in a migration (see `Convergence`). A guest that would have to go on by post-copy has
 * no end of this transfer. Pure.
 */
export function walkEmulated({
  memoryBytes,
  share,
  emptyBytesPerSecond,
  setupMs,
  changes,
  maxPauseMs,
  maxBytesPerSecond = Infinity,
  mayPostcopy = false,
  endingsMs = [],
  ...rate
}: Measured): Forecast {
  const mostBytes = Math.min(memoryBytes, changedWithin(changes, Infinity))
  const bytesPerSecond = Math.min(rate.bytesPerSecond, maxBytesPerSecond)
  const rates = { bytesPerSecond, dirtyBytesPerSecond: changedWithin(changes, 1000) }
  const endMs = maxBytesPerSecond === Infinity ? endOfPassMs : endOfHeldPassMs
  // At the end QEMU keeps to no rate that was given.
  const stillMs = (bytes: number) => (1000 * bytes) / rate.stillBytesPerSecond
  const fullBytes = memoryBytes * share
  const convergence = new Convergence(maxPauseMs, mayPostcopy)
  const { endMs: mostPauseMs } = pauseLimit(maxPauseMs)
  const slowed = new SlowedGuest(() => slowedStillMs(convergence.pauseMs))
  const runningShare = () => 1 - slowed.percent / 100
  // While it stands still its processors are left to the sending.
  const sentPerSecond = () =>
    Math.min(
      maxBytesPerSecond,
      rate.bytesPerSecond * runningShare() + rate.stillBytesPerSecond * (1 - runningShare()),
    )
  // It runs until the target has taken in all of them.
  let emptyMs = (1000 * (memoryBytes - fullBytes)) / emptyBytesPerSecond
  let bytes = fullBytes
  let spentMs = setupMs
  let pauseAtFullSpeedMs = 0
  for (let pass = 1; ; pass += 1) {
    const isSlowedMost = slowed.isAtMost
    const state = { pass, remainingBytes: bytes, throttlePercent: slowed.percent, isSlowedMost }
    const measure = convergence.look(state, spentMs)
    if (measure?.kind === 'slow down') slowed.slowDown(measure.mostPercent)
    if (measure?.kind === 'give up' || measure?.kind === 'post-copy') {
      return { ...rates, converges: false, transferMs: null, pauseMs: pauseAtFullSpeedMs }
    }
    const restBytes = Math.min(bytes, Math.max(leastEndBytes, (sentPerSecond() * endMs) / 1000))
    const dataMs = (1000 * (bytes - restBytes)) / sentPerSecond()
    const runsMs = heldMs + dataMs + emptyMs
    const changedBytes = Math.min(mostBytes, changedWithin(changes, runsMs * runningShare()))
    const tailMs = leadMs + stillMs(restShare * restBytes)
    const left = { remainingBytes: changedBytes, bytesPerSecond: rate.stillBytesPerSecond }
    const changesMs = changedMs(left)
    // What every guest changes is a part of what was measured.
    const guessMs = tailMs + handOverMs + stillMs(changedBytes) - changesMs
    const pauseMs = expected(endingsMs, guessMs) + changesMs
    spentMs += runsMs
    const doesFit = fits(left, tailMs, convergence.pauseMs)
    if (!doesFit && isLittle(left) && pauseMs > mostPauseMs) {
      // It is not let go on, and taken back.
      return { ...rates, converges: false, transferMs: null, pauseMs }
    }
    if (doesFit || isLittle(left)) {
      const slowedPercent = slowed.percent === 0 ? {} : { slowedPercent: slowed.percent }
      return { ...rates, converges: true, transferMs: spentMs + pauseMs, pauseMs, ...slowedPercent }
    }
    if (slowed.percent === 0) pauseAtFullSpeedMs = pauseMs
    slowed.slowDownFurther()
    spentMs += tailMs + goesOnMs
    emptyMs = 0
    bytes = changedBytes
  }
}
