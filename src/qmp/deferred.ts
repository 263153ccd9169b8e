export interface DeferredOptions {
  readonly signal?: AbortSignal | undefined
  /** `Infinity` for no deadline. */
  readonly timeoutMs: number
  /** Makes the error for a missed deadline. */
  readonly onTimeout: () => Error
  /** Called once, however it ended. */
  readonly onSettled?: () => void
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** A promise settled by whoever comes first: its owner, its deadline, its signal. It leaves no timer or listener. */
export function deferred<T>({ signal, timeoutMs, onTimeout, onSettled }: DeferredOptions): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let open = true
  const settle = (how: () => void) => {
    if (!open) return
    open = false
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    onSettled?.()
    how()
  }
  const onAbort = () => settle(() => reject(signal?.reason))
  const timer =
    timeoutMs === Infinity ? undefined : setTimeout(() => settle(() => reject(onTimeout())), timeoutMs)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  return {
    promise,
    resolve: (value) => settle(() => resolve(value)),
    reject: (error) => settle(() => reject(error)),
  }
}
