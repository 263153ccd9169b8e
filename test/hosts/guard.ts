const cleanups = new Set<() => void>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a clean-up when this process ends by itself, by an uncaught exception or by a signal. (Nobody can run one
 * after SIGKILL; that is what the sweeper is for.)
 * @param cleanup synchronous, since a process that exits waits for nothing
 * @returns a function that lifts the guard
 */
export function guard(cleanup: () => void): () => void {
  if (cleanups.size === 0) install()
  cleanups.add(cleanup)
  return () => {
    cleanups.delete(cleanup)
    if (cleanups.size === 0) uninstall()
  }
}

function install(): void {
  process.on('exit', runAll)
  for (const signal of signals) process.on(signal, endBySignal)
}

function uninstall(): void {
  process.off('exit', runAll)
  for (const signal of signals) process.off(signal, endBySignal)
}

function runAll(): void {
  for (const cleanup of cleanups) cleanup()
}

function endBySignal(signal: NodeJS.Signals): void {
  // Whoever else listens decides when to end; 'exit' then cleans up.
  if (process.listenerCount(signal) > 1) return
  runAll()
  process.off(signal, endBySignal)
  process.kill(process.pid, signal)
}
