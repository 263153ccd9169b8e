import type { ZoneError } from '../errors.ts'
import { patienceMs } from '../util/test-patience.ts'

/** All that another host is asked to do ends sooner. Its zonesd can stand still while its ssh lives on. */
const longestMs = patienceMs(120_000)
/** The same once it was asked to leave it. */
const longestCancelledMs = patienceMs(10_000)

export interface AnswerOptions {
  /** Aborted when the answer is not wanted any more. */
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms; two minutes if absent. */
  readonly timeoutMs?: number | undefined
}

/**
 * Waits for the answer of another host, and no longer than is sensible: what hangs there must not hang here.
 *
 * @param late makes the error, from the time in ms that was waited
 * @throws what the answer threw; that error
 */
export async function answerInTime<T>(
  answer: Promise<T>,
  late: (afterMs: number) => ZoneError,
  { signal, timeoutMs = longestMs }: AnswerOptions = {},
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const startMs = performance.now()
  const giveUp = () => reject(late(performance.now() - startMs))
  const timers = [setTimeout(giveUp, timeoutMs)]
  const cancelled = () => timers.push(setTimeout(giveUp, longestCancelledMs))
  if (signal?.aborted === true) cancelled()
  else signal?.addEventListener('abort', cancelled, { once: true })
  try {
    return await Promise.race([answer, promise])
  } finally {
    for (const timer of timers) clearTimeout(timer)
    signal?.removeEventListener('abort', cancelled)
  }
}
