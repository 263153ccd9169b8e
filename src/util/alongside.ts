export interface Alongside<T> extends AsyncDisposable {
  readonly result: Promise<T>
}

/**
 * Starts work that goes on beside other work. Whoever leaves the block without its result, because the other work
 * failed, asks it to end and waits until it has.
 *
 * @param work is to end soon when its signal is aborted
 */
export function alongside<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Alongside<T> {
  const end = new AbortController()
  const result = work(AbortSignal.any([signal, end.signal]))
  const settled = result.then(
    () => undefined,
    () => undefined,
  )
  return {
    result,
    async [Symbol.asyncDispose]() {
      end.abort()
      await settled
    },
  }
}
