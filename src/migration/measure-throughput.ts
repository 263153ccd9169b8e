import { writeFile } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { runTrial, type Trial, type TrialState } from './run-trial.ts'
import type { MemorySample } from './sample-memory.ts'

const loadBytes = 64 * 1024 ** 2
const timeoutMs = 20_000
/** Nothing sends as much in so short a time: QEMU on a busy host was seen to count the sending as setup. */
const leastMs = 10

export interface Throughput {
  /** Guest memory that gets to the target in a second, however small it is on its way. */
  readonly bytesPerSecond: number
  /** The same by QEMU's counter: some versions count what is on the way, after compression. */
  readonly countedBytesPerSecond: number
  /** From the request to the first page: connections and handshakes. */
  readonly setupMs: number
}

/**
 * Sends a sample of the guest's memory to the target and lets it go there: by the QEMUs, settings and network of the
 * migration. On the way encryption and compression cost more than the network, so nothing less tells the rate.
 *
 * @param memoryFile where the sample lies meanwhile; whoever gives the name removes it
 * @throws ZoneError NOT_MEASURED and those of `runTrial()`; the signal's reason
 */
export async function measureThroughput(
  way: Omit<Trial, 'load' | 'memoryFile'>,
  load: Pick<NonNullable<Trial['load']>, 'machineType'>,
  { pages }: MemorySample,
  memoryFile: string,
  signal: AbortSignal,
): Promise<Throughput> {
  if (pages.length === 0) throw notMeasured('the guest has nothing in its memory yet')
  // A sample that is too small is sent again and again; so far apart that no compression could see it.
  await writeFile(memoryFile, Buffer.alloc(loadBytes, pages), { mode: 0o600 })
  const trial = { ...way, memoryFile, load: { ...load, memoryBytes: loadBytes } }
  const { state } = await runTrial(trial, isOver, timeoutMs, signal)
  const { status, ram, 'total-time': totalMs = 0, 'setup-time': setupMs = 0 } = state
  if (status !== 'completed' || ram === undefined) {
    throw notMeasured(state['error-desc'] ?? `64 MiB were not sent within ${timeoutMs / 1000} s`)
  }
  const sendingMs = totalMs - setupMs
  const seconds = Math.max(1, sendingMs < leastMs ? totalMs : sendingMs) / 1000
  return {
    bytesPerSecond: (ram.normal * ram['page-size']) / seconds,
    countedBytesPerSecond: ram.transferred / seconds,
    setupMs,
  }
}

function isOver({ status }: TrialState): boolean {
  return status === 'completed' || status === 'failed'
}

function notMeasured(words: string): ZoneError {
  return new ZoneError(`the rate to the target is not known: ${words}`, { code: 'NOT_MEASURED' })
}
