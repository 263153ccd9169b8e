import { writeFile } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { handOverMs } from './measured.ts'
import { runTrial, type Trial, type TrialState } from './run-trial.ts'
import type { MemorySample } from './sample-memory.ts'

const loadBytes = 128 * 1024 ** 2
/** QEMU sends the larger block of memory first: the empty one. */
const emptyBytes = 2 * loadBytes
/** With so much of the other sent the empty one is over. */
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
  const course = new Course()
  const look = (state: TrialState) => {
    course.look(state, performance.now())
    return isOver(state)
  }
  const { state } = await runTrial(trial, look, timeoutMs, signal)
  const { status, ram, 'setup-time': setupMs = 0 } = state
  if (status !== 'completed' || ram === undefined) {
    throw notMeasured(state['error-desc'] ?? `128 MiB were not sent within ${timeoutMs / 1000} s`)
  }
  return {
    bytesPerSecond: course.bytesPerSecond(state),
    emptyBytesPerSecond: course.emptyBytesPerSecond,
    setupMs,
  }
}

interface Look {
  readonly atMs: number
  readonly emptyBytes: number
  readonly fullBytes: number
}

/** Measures from one look at the trial to the next how fast the empty memory goes by, and then the other. */
class Course {
  #first: Look | undefined
  /** When the empty memory was over, or as far as it was seen. */
  #last: Look | undefined
  #isBegun = false
  #endedAtMs = 0

  look({ status, ram }: TrialState, atMs: number): void {
    this.#endedAtMs = atMs
    if (status !== 'active' || ram === undefined || this.#isBegun) return
    const pageBytes = ram['page-size']
    this.#last = { atMs, emptyBytes: ram.duplicate * pageBytes, fullBytes: ram.normal * pageBytes }
    this.#first ??= this.#last
    this.#isBegun = this.#last.fullBytes > begunBytes
  }

  get emptyBytesPerSecond(): number {
    const [first, last] = [this.#first, this.#last]
    if (first === undefined || last === undefined) return fastestBytesPerSecond
    return rate(last.emptyBytes - first.emptyBytes, last.atMs - first.atMs)
  }

  /** @param state of a trial that has ended well */
  bytesPerSecond({ ram, 'total-time': totalMs = 0, 'setup-time': setupMs = 0 }: TrialState): number {
    const bytes = ram === undefined ? 0 : ram.normal * ram['page-size']
    const begun = this.#isBegun ? this.#last : undefined
    // Where it was over before it was looked at, the time of the empty memory is in it.
    if (begun === undefined || 2 * begun.fullBytes > bytes) return rate(bytes, totalMs - setupMs - handOverMs)
    return rate(bytes - begun.fullBytes, this.#endedAtMs - begun.atMs - handOverMs)
  }
}

function rate(bytes: number, ms: number): number {
  return bytes > 0 ? Math.min(fastestBytesPerSecond, (1000 * bytes) / Math.max(1, ms)) : fastestBytesPerSecond
}

/** For a moment after its end QEMU does not yet say how long it took. */
function isOver({ status, 'total-time': totalMs = 0 }: TrialState): boolean {
  return status === 'failed' || (status === 'completed' && totalMs > 0)
}

function notMeasured(words: string): ZoneError {
  return new ZoneError(`the rate to the target is not known: ${words}`, { code: 'NOT_MEASURED' })
}
