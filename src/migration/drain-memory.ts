import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { migrationSchema } from '../qmp/schemas.ts'
import { patienceMs } from '../util/test-patience.ts'
import { breakOff } from './break-off.ts'
import { type MemoryProgress, progressOf } from './memory-progress.ts'
import type { PeerResult } from './peer-api.ts'
import { clearStream } from './stream-settings.ts'

const lookIntervalMs = 200
/** A stream that carries nothing for so long is taken to be broken: TCP itself would notice after a quarter of an hour. */
const silenceMs = patienceMs(10_000)
const retryIntervalMs = patienceMs(2_000)
/** From the new stream to the first byte of it. */
const resumeTimeoutMs = patienceMs(10_000)
/** So long a broken stream is tried again, until the operator is asked to see to it. */
const longBrokenMs = patienceMs(5 * 60_000)

type Status = PeerResult<'peer/rejoin'>['status']

export interface DrainOptions {
  /** Asks the target to wait for another stream, or only how it stands. */
  readonly rejoin: (isOnlyAsked: boolean) => Promise<Status>
  /** Where the first stream goes to. */
  readonly uri?: string | undefined
  /** Makes the way for it: a socket of this host that leads there. */
  readonly openWay: () => Promise<AsyncDisposable & { readonly path: string }>
  readonly line: (text: string) => void
  readonly onProgress?: ((progress: MemoryProgress) => void) | undefined
  /** How long a broken stream is tried again, at least once, in milliseconds; 5 minutes, unless told otherwise. */
  readonly brokenTimeoutMs?: number | undefined
  /** Nobody waits for it any more, or zonesd ends: what is under way is left to whoever tries next. */
  readonly signal: AbortSignal
}

/**
 * Sends what is missing of a guest's memory that goes on elsewhere already (QEMU's post-copy). If the stream breaks, both
 * halves are kept, and another stream takes its place as soon as the target can be reached again.
 *
 * @returns `whole`: the target has all of it; `ended`: the guest does not run there any more, and nothing is needed;
 *   `broken`: it could not be reached for so long, and both halves are still there; `failed`: QEMU cannot send what is missing there
 * @throws QmpClosedError if this half of the memory is gone; the signal's reason
 */
export async function drainMemory(
  qmp: QmpConnection,
  { rejoin, uri, openWay, line, onProgress, brokenTimeoutMs = longBrokenMs, signal }: DrainOptions,
): Promise<'whole' | 'ended' | 'broken' | 'failed'> {
  let sentBytes = -1
  let movedAtMs = performance.now()
  let brokenAtMs: number | undefined
  let failedAtMs: number | undefined
  let isStuck = false
  await using ways = new AsyncDisposableStack()
  for (;;) {
    signal.throwIfAborted()
    const { status, ram } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
    if (status === 'completed') return 'whole'
    if (status === 'failed') {
      // QEMU 10.0, whose stream broke at the very end: it takes up none then, but all may have come.
      const came = await rejoin(true).catch(unreachable)
      if (came === 'whole' || came === 'ended') return came
      failedAtMs ??= performance.now()
      if (came !== undefined && performance.now() - failedAtMs > resumeTimeoutMs) return 'failed'
      if (performance.now() - failedAtMs >= brokenTimeoutMs) return 'broken'
      await pause(retryIntervalMs)
      continue
    }
    if (ram !== undefined && ram.transferred !== sentBytes) {
      sentBytes = ram.transferred
      movedAtMs = performance.now()
      if (status !== 'postcopy-paused') brokenAtMs = undefined
      onProgress?.(progressOf(ram))
    }
    if (status === 'postcopy-paused') {
      if (brokenAtMs === undefined) {
        line(
          'The stream is broken; the guest stands still there as soon as it needs what is missing. Both halves of its memory are kept, and it is tried again.',
        )
      }
      brokenAtMs ??= performance.now()
      const came = await resume().catch(unreachable)
      if (came === 'ended' || came === 'whole') return came
      if (came === 'stuck' && !isStuck) {
        isStuck = true
        line(
          'QEMU there answers nothing: an emulated guest can lock it up when it misses a page. If that stays so, the guest is lost: halt the zone there, and boot it.',
        )
      }
      if (came === 'resumed') {
        line('The stream goes on.')
        brokenAtMs = undefined
        movedAtMs = performance.now()
        continue
      }
      if (performance.now() - brokenAtMs >= brokenTimeoutMs) return 'broken'
      await pause(retryIntervalMs)
      continue
    }
    if (performance.now() - movedAtMs > silenceMs) {
      movedAtMs = performance.now()
      if (ram?.remaining === 0) {
        // All is on its way, and comes when the way is open again: QEMU takes up no stream any more that ends now.
        const status = await rejoin(true).catch(unreachable)
        if (status === 'whole' || status === 'ended') return status
        brokenAtMs ??= performance.now()
        if (performance.now() - brokenAtMs >= brokenTimeoutMs) return 'broken'
      } else {
        await breakOff(qmp, uri)
      }
    }
    await pause(lookIntervalMs)
  }

  /** @throws the signal's reason */
  function pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
  }

  /** Undefined: it has to be tried again. */
  async function resume(): Promise<'resumed' | Exclude<Status, 'waits'> | undefined> {
    const answer = await rejoin(false)
    if (answer !== 'waits') return answer
    await using way = new AsyncDisposableStack()
    const { path } = way.use(await openWay())
    await clearStream(qmp)
    await qmp.execute('migrate', { uri: `unix:${path}`, resume: true })
    const end = performance.now() + resumeTimeoutMs
    while (performance.now() < end) {
      const { status } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
      if (status === 'postcopy-active' || status === 'completed') {
        ways.use(way.move())
        return 'resumed'
      }
      await pause(lookIntervalMs / 4)
    }
    // It is neither here nor there: begun anew.
    await qmp.execute('migrate-pause').catch(refused)
    return undefined
  }
}

function unreachable(error: unknown): undefined {
  if (!(error instanceof ZoneError) && !(error instanceof QmpError)) throw error
}

function refused(error: unknown): void {
  if (!(error instanceof QmpError)) throw error
}
