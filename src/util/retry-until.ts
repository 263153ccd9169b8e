import { setTimeout as sleep } from 'node:timers/promises'

export interface RetryOptions {
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls `attempt` until it answers something other than undefined.
 *
 * @returns the answer, or undefined when the time is up
 * @throws whatever `attempt` throws, and the signal's reason
 */
export async function retryUntil<T>(
  attempt: () => Promise<T | undefined> | T | undefined,
  { timeoutMs, intervalMs, signal }: RetryOptions,
): Promise<T | undefined> {
  const end = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const answer = await attempt()
    if (answer !== undefined) return answer
    if (performance.now() >= end) return undefined
    // The loop throws the signal's reason, not the timer's own error.
    await sleep(intervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}
