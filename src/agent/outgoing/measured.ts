import { isDeepStrictEqual } from 'node:util'
import type { Forecast, Report } from '../../compat/schema.ts'

/** All that a forecast depends on, of what the operator asks for. */
interface Wishes {
  readonly cipher: string | null
  readonly maxPauseMs?: number | undefined
  readonly maxBytesPerSecond?: number | undefined
  readonly postcopy?: boolean | undefined
}

/** What a check that measured a guest and the way to a host (`migrate -n`) expected of its migration. */
export interface Measured {
  readonly forecast: Forecast
  readonly wishes: Wishes
  /** The host's name. */
  readonly target: string
  /** When, on the clock of `performance.now()`. */
  readonly atMs: number
}

/** Keeps for a guest what the check of its migration has measured, if it has. */
export function keepMeasured(
  running: { measured?: Measured } | undefined,
  { forecast, target }: Report,
  params: Wishes,
): void {
  if (running === undefined || forecast === undefined || 'unknown' in forecast) return
  running.measured = {
    forecast: forecast.known,
    wishes: wishesOf(params),
    target,
    atMs: performance.now(),
  }
}

/** What was measured for that guest on its way to that host; undefined: nothing, or with other limits. */
export function measuredBefore(
  running: { measured?: Measured } | undefined,
  target: string,
  params: Wishes,
): Measured | undefined {
  const { measured } = running ?? {}
  return measured?.target === target && isDeepStrictEqual(measured.wishes, wishesOf(params))
    ? measured
    : undefined
}

function wishesOf({ cipher, maxPauseMs, maxBytesPerSecond, postcopy = false }: Wishes): Wishes {
  return { cipher, maxPauseMs, maxBytesPerSecond, postcopy }
}
