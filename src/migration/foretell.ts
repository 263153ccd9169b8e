import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Forecast } from '../compat/schema.ts'
import type { Fact } from '../facts/schema.ts'
import type { Change, Changes } from './changed-within.ts'
import { forecast } from './forecast.ts'
import type { SourceZone } from './live-migration.ts'
import { measureThroughput, type Throughput } from './measure-throughput.ts'
import type { Measured } from './measured.ts'
import type { Trial } from './run-trial.ts'
import { sampleDirtying } from './sample-dirtying.ts'
import { sampleMemory } from './sample-memory.ts'

const shortSeconds = 1
const longSeconds = 3
/** A guest that changes less than this share of what can be sent is not looked at for longer. */
const busyShare = 0.05

/**
 * Measures the guest and the way to the target, for two to ten seconds, and foretells the migration.
 *
 * @param known the operator's limits, and what the end of the last migrations took
 * @param folder for what is read of the guest's memory, while it is needed
 * @throws only the signal's reason
 */
export async function foretell(
  { qmp, spec }: Pick<SourceZone, 'qmp' | 'spec'>,
  way: Omit<Trial, 'load' | 'memoryFile'>,
  known: Pick<Measured, 'maxPauseMs' | 'maxBytesPerSecond' | 'mayPostcopy' | 'endingsMs'>,
  folder: string,
  signal: AbortSignal,
): Promise<Fact<Forecast>> {
  const { memoryBytes, machineType } = spec
  try {
    await using undo = new AsyncDisposableStack()
    const remove = () => rm(folder, { recursive: true, force: true })
    // A zonesd that was killed in the middle has left it.
    await remove()
    undo.defer(remove)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const sample = await sampleMemory(qmp, memoryBytes, join(folder, 'sample'), signal)
    const load = { machineType }
    const send = () => measureThroughput(way, load, sample, join(folder, 'load'), signal)
    const look = async (seconds: number): Promise<Change> => {
      return { withinMs: seconds * 1000, bytes: await sampleDirtying(qmp, memoryBytes, seconds, signal) }
    }
    const alone = await send()
    const short = await look(shortSeconds)
    const isBusy = short.bytes > busyShare * alone.bytesPerSecond * shortSeconds
    const both = isBusy ? await together(alone, send, look) : { ...alone, changes: [short] as const }
    const { share } = sample
    const stillBytesPerSecond = Math.max(alone.bytesPerSecond, both.bytesPerSecond)
    return {
      known: forecast({
        memoryBytes,
        share,
        stillBytesPerSecond,
        isEmulated: spec.accelerator === 'tcg',
        ...both,
        ...known,
      }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { unknown: (error as Error).message }
  }
}

/**
 * A busy guest and the sending take processor time from each other, as they will in the migration: what the guest changes
 * is counted beside the sending. The counting itself takes a processor too, so the rate is that of trials without it.
 */
async function together(
  alone: Throughput,
  send: () => Promise<Throughput>,
  look: (seconds: number) => Promise<Change>,
): Promise<Throughput & { changes: Changes }> {
  const looked = new AbortController()
  const looking = (async () => [await look(shortSeconds), await look(longSeconds)] as const)().finally(() => {
    looked.abort()
  })
  const sending = (async () => {
    while (!looked.signal.aborted) await send()
  })()
  const [changes] = await Promise.all([looking, sending])
  const trials = [alone, await send(), await send()]
  // Of times and not of rates: one that was too good says little.
  const mean = (of: (trial: Throughput) => number) =>
    trials.length / trials.reduce((total, trial) => total + 1 / of(trial), 0)
  return {
    bytesPerSecond: mean(({ bytesPerSecond }) => bytesPerSecond),
    emptyBytesPerSecond: mean(({ emptyBytesPerSecond }) => emptyBytesPerSecond),
    setupMs: alone.setupMs,
    changes,
  }
}
