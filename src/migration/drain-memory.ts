import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { migrationSchema } from '../qmp/schemas.ts'
import { patienceMs } from '../util/test-patience.ts'
import type { PeerParams, PeerResult } from './peer-api.ts'
import { type MemoryProgress, progressOf } from './send-memory.ts'
import { placeStreamKey } from './stream-key.ts'
import { renewKey } from './stream-settings.ts'

const lookIntervalMs = 200
/** A stream that carries nothing for so long is taken to be broken: TCP itself would notice after a quarter of an hour. */
const silenceMs = patienceMs(10_000)
const retryIntervalMs = patienceMs(2_000)
/** From the new stream to the first byte of it. */
const resumeTimeoutMs = patienceMs(10_000)
/** So long a broken stream is tried again, until the operator is asked to see to it. */
const brokenTimeoutMs = patienceMs(5 * 60_000)

/** Another stream, which the target waits for: with a key of its own (null: in the clear). */
export type Rejoined = PeerResult<'peer/rejoin'> & Pick<PeerParams<'peer/rejoin'>, 'psk' | 'priority'>

export interface DrainOptions {
  /** Asks the target to wait for another stream. */
  readonly rejoin: () => Promise<Rejoined>
  /** Folder for the key of a new stream, while it is needed. */
  readonly keyFolder: string
  readonly line: (text: string) => void
  readonly onProgress?: ((progress: MemoryProgress) => void) | undefined
  /** zonesd ends: what is under way is left to the next one. */
  readonly signal: AbortSignal
}

/**
 * Sends what is missing of a guest's memory that goes on elsewhere already (QEMU's post-copy). If the stream breaks, both
 * halves are kept, and another stream takes its place as soon as the target can be reached again.
 *
 * @returns `whole`: the target has all of it; `ended`: the guest does not run there any more, and nothing is needed;
 *   `broken`: it could not be reached for 5 minutes, and both halves are still there
 * @throws QmpClosedError if this half of the memory is gone; the signal's reason
 */
export async function drainMemory(
  qmp: QmpConnection,
  { rejoin, keyFolder, line, onProgress, signal }: DrainOptions,
): Promise<'whole' | 'ended' | 'broken'> {
  let sentBytes = -1
  let movedAtMs = performance.now()
  let brokenAtMs: number | undefined
  for (;;) {
    signal.throwIfAborted()
    const { status, ram } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
    if (status === 'completed') return 'whole'
    if (ram !== undefined && ram.transferred !== sentBytes) {
      sentBytes = ram.transferred
      movedAtMs = performance.now()
      onProgress?.(progressOf(ram))
    }
    if (status === 'postcopy-paused') {
      if (brokenAtMs === undefined) {
        line(
          'The stream is broken; the guest stands still there as soon as it needs what is missing. Both halves of its memory are kept, and it is tried again.',
        )
      }
      brokenAtMs ??= performance.now()
      const came = await resume().catch((error: unknown) => {
        if (error instanceof ZoneError || error instanceof QmpError) return undefined
        throw error
      })
      if (came === 'ended' || came === 'whole') return came
      if (came === 'resumed') {
        line('The stream goes on.')
        brokenAtMs = undefined
        movedAtMs = performance.now()
        continue
      }
      if (performance.now() - brokenAtMs > brokenTimeoutMs) return 'broken'
      await sleep(retryIntervalMs, undefined, { signal })
      continue
    }
    if (performance.now() - movedAtMs > silenceMs) {
      await qmp.execute('migrate-pause').catch(refused)
      movedAtMs = performance.now()
    }
    await sleep(lookIntervalMs, undefined, { signal })
  }

  /** Undefined: it has to be tried again. */
  async function resume(): Promise<'resumed' | 'ended' | 'whole' | undefined> {
    const answer = await rejoin()
    if (answer.status !== 'waits') return answer.status
    const { host, port, psk, priority } = answer
    await using key = psk === null ? undefined : await placeStreamKey(keyFolder, psk)
    await renewKey(qmp, 'client', { keyFolder: key?.folder ?? null, priority: priority ?? undefined })
    const uri = `tcp:${host.includes(':') ? `[${host}]` : host}:${port}`
    await qmp.execute('migrate', { uri, resume: true })
    const end = performance.now() + resumeTimeoutMs
    while (performance.now() < end) {
      const { status } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
      if (status === 'postcopy-active' || status === 'completed') return 'resumed'
      await sleep(lookIntervalMs / 4, undefined, { signal })
    }
    // It is neither here nor there: begun anew.
    await qmp.execute('migrate-pause').catch(refused)
    return undefined
  }
}

function refused(error: unknown): void {
  if (!(error instanceof QmpError)) throw error
}
