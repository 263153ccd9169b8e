import type { Forecast } from '../compat/schema.ts'
import { changedWithin } from './changed-within.ts'
import { defaultPauseMs } from './convergence.ts'
import { walkEmulated } from './forecast-emulated.ts'
import { handOverMs, type Measured } from './measured.ts'

/** QEMU sends for so long before it looks again how much is left. */
const stepMs = 50
/** For the time of so many steps it counts what it has sent, to tell what it could send in the pause. */
const windowSteps = 2
/** What has not come to an end by then does not. */
const endlessMs = 3_600_000

/**
 * Foretells a live migration by going through it as QEMU does: all memory, then what was changed meanwhile, and so on
 * until the rest can be sent within the pause that is allowed. A longer pause than the usual one is taken only by a guest
 * that needs it (see `Convergence`); that QEMU may slow it down is left out. Pure.
 */
export function forecast(measured: Measured): Forecast {
  if (measured.isEmulated === true) return walkEmulated(measured)
  const { maxPauseMs = defaultPauseMs } = measured
  const first = walk(measured, Math.min(defaultPauseMs, maxPauseMs))
  return first.converges || maxPauseMs <= defaultPauseMs ? first : walk(measured, maxPauseMs)
}

function walk(
  {
    memoryBytes,
    share,
    emptyBytesPerSecond,
    setupMs,
    changes,
    maxBytesPerSecond = Infinity,
    ...rate
  }: Measured,
  downtimeLimitMs: number,
): Forecast {
  const bytesPerSecond = Math.min(rate.bytesPerSecond, maxBytesPerSecond)
  const stillBytesPerSecond = Math.min(rate.stillBytesPerSecond, maxBytesPerSecond)
  // A page that waits to be sent again waits but once, however often it is changed.
  const mostBytes = Math.min(memoryBytes, changedWithin(changes, Infinity))
  const rates = { bytesPerSecond, dirtyBytesPerSecond: changedWithin(changes, 1000) }
  let fullBytes = memoryBytes * share
  let emptyBytes = memoryBytes - fullBytes
  let changedBytes = 0
  let window: Step[] = []
  let spentMs = 0
  let lookedMs = 0
  const leftBytes = () => fullBytes + emptyBytes + changedBytes
  const pauseMs = () =>
    handOverMs + 1000 * ((fullBytes + changedBytes) / stillBytesPerSecond + emptyBytes / emptyBytesPerSecond)
  while (spentMs < endlessMs) {
    const sentEmpty = fullBytes === 0 && emptyBytes > 0
    const rate = sentEmpty ? emptyBytesPerSecond : bytesPerSecond
    const waiting = fullBytes || emptyBytes || changedBytes
    const bytes = Math.min(waiting, (rate * stepMs) / 1000)
    const ms = (bytes * 1000) / rate
    if (sentEmpty) emptyBytes -= bytes
    else if (fullBytes > 0) fullBytes -= bytes
    else changedBytes -= bytes
    spentMs += ms
    window = [...window, { bytes: sentEmpty ? 0 : bytes, ms }].slice(-windowSteps)
    if (leftBytes() > limitBytes(window, downtimeLimitMs)) continue
    changedBytes = Math.min(mostBytes, changedBytes + changedWithin(changes, spentMs - lookedMs))
    lookedMs = spentMs
    if (leftBytes() > limitBytes(window, downtimeLimitMs)) continue
    return { ...rates, converges: true, transferMs: setupMs + spentMs + pauseMs(), pauseMs: pauseMs() }
  }
  return { ...rates, converges: false, transferMs: null, pauseMs: pauseMs() }
}

interface Step {
  readonly bytes: number
  readonly ms: number
}

/** What QEMU takes to be possible within the pause: it goes by what it has just sent, where empty pages hardly count. */
function limitBytes(window: readonly Step[], downtimeLimitMs: number): number {
  const sum = (of: (step: Step) => number) => window.reduce((total, step) => total + of(step), 0)
  return (
    (sum(({ bytes }) => bytes) * downtimeLimitMs) /
    Math.max(
      1,
      sum(({ ms }) => ms),
    )
  )
}
