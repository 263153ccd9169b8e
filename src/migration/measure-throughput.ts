import { writeFile } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { handOverMs } from './measured.ts'
import { runTrial, type Trial, type TrialState } from './run-trial.ts'
import type { MemorySample } from './sample-memory.ts'

const loadBytes = 128 * 1024 ** 2
/** QEMU sends the larger block of memory first: the empty one. */
const emptyBytes = 2 * loadBytes
/** With so much of the other sent it is over. */
const begunBytes = 4 * 1024 ** 2
/** The guess where it was too fast for a look in between. */
const fastestBytesPerSecond = 10e9
const timeoutMs = 20_000

export interface Throughput {
  /** Guest memory that gets to the target in a second. */
  readonly bytesPerSecond: number
  /** How fast QEMU gets over empty pages, which it only names. */
  readonly emptyBytesPerSecond: number
  /** From the request to the first page: connections and handshakes. */
  readonly setupMs: number
}

/**
 * Sends a sample of the guest's memory to the target and lets it go there: by the QEMUs, settings and network of the
 * migration. On the way encryption costs more than the network, so nothing less tells the rate.
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
  // A sample that is too small is sent again and again.
  await writeFile(memoryFile, Buffer.alloc(loadBytes, pages), { mode: 0o600 })
  const trial = { ...way, memoryFile, load: { ...load, memoryBytes: loadBytes, emptyBytes } }
  const empty = new EmptyRate()
  const look = (state: TrialState) => {
    empty.look(state, performance.now())
    return isOver(state)
  }
  const { state } = await runTrial(trial, look, timeoutMs, signal)
  const { status, ram, 'total-time': totalMs = 0, 'setup-time': setupMs = 0 } = state
  if (status !== 'completed' || ram === undefined) {
    throw notMeasured(state['error-desc'] ?? `128 MiB were not sent within ${timeoutMs / 1000} s`)
  }
  const { bytesPerSecond: emptyBytesPerSecond } = empty
  const emptyMs = (1000 * emptyBytes) / emptyBytesPerSecond
  const sentMs = Math.max(1, totalMs - setupMs - emptyMs - handOverMs)
  return { bytesPerSecond: (ram.normal * ram['page-size'] * 1000) / sentMs, emptyBytesPerSecond, setupMs }
}

/** Measures how fast the empty memory goes by, from one look at the trial to the next. */
class EmptyRate {
  #first: { readonly atMs: number; readonly bytes: number } | undefined
  #last: { readonly atMs: number; readonly bytes: number } | undefined
  #isOver = false

  look({ status, ram }: TrialState, atMs: number): void {
    if (status !== 'active' || ram === undefined || this.#isOver) return
    this.#isOver = ram['normal-bytes'] > begunBytes
    this.#last = { atMs, bytes: ram.duplicate * ram['page-size'] }
    this.#first ??= this.#last
  }

  get bytesPerSecond(): number {
    const [first, last] = [this.#first, this.#last]
    if (first === undefined || last === undefined || last.bytes <= first.bytes) return fastestBytesPerSecond
    return Math.min(fastestBytesPerSecond, (1000 * (last.bytes - first.bytes)) / (last.atMs - first.atMs))
  }
}

/** For a moment after its end QEMU does not yet say how long it took. */
function isOver({ status, 'total-time': totalMs = 0 }: TrialState): boolean {
  return status === 'failed' || (status === 'completed' && totalMs > 0)
}

function notMeasured(words: string): ZoneError {
  return new ZoneError(`the rate to the target is not known: ${words}`, { code: 'NOT_MEASURED' })
}
