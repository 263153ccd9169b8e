import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpClosedError } from '../qmp/qmp-errors.ts'
import { migrationSchema, statusSchema } from '../qmp/schemas.ts'
import { connectUnix } from '../transport/unix.ts'
import { retryUntil } from '../util/retry-until.ts'
import { plainStream } from './stream-settings.ts'

const connectTimeoutMs = 5_000
/** From the end of the stream until the machine has taken it. */
const settleTimeoutMs = 60_000

export interface LoadOptions {
  /** Path for a unix socket; it is gone afterwards. */
  readonly socket: string
  readonly signal: AbortSignal
}

/**
 * Gives a machine that waits for it the state of a guest. When it resolves, the guest is complete and stands still.
 *
 * @param give hands the stream on in pieces; it has to resolve only when all of the stream was found good
 * @throws ZoneError LOAD_FAILED; what `give` throws; the signal's reason
 */
export async function loadState(
  qmp: QmpConnection,
  give: (take: (piece: Uint8Array) => Promise<void>) => Promise<void>,
  { socket: path, signal }: LoadOptions,
): Promise<void> {
  await using _path = { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
  await plainStream(qmp)
  await qmp.execute('migrate-incoming', { uri: `unix:${path}` }, { signal })
  const patience = { timeoutMs: connectTimeoutMs, intervalMs: 5, signal }
  const socket = await retryUntil(() => connectUnix(path), patience)
  if (socket === undefined) throw loadFailed('it does not listen')
  const closed = once(socket, 'close').catch(() => undefined)
  socket.on('error', () => undefined)
  try {
    await give(async (piece) => {
      // QEMU ends the stream by itself when it has all it wants, or when it fails.
      if (socket.destroyed) await untilLoaded(qmp, signal)
      else if (!socket.write(piece))
        await Promise.race([once(socket, 'drain').catch(() => undefined), closed])
    })
    socket.end()
    await untilLoaded(qmp, signal)
  } finally {
    socket.destroy()
  }
}

async function untilLoaded(qmp: QmpConnection, signal: AbortSignal): Promise<void> {
  const patience = { timeoutMs: settleTimeoutMs, intervalMs: 5, signal }
  const loaded = await retryUntil(() => hasLoaded(qmp), patience)
  if (loaded !== true) throw loadFailed(`it did not end within ${settleTimeoutMs / 1000} s`)
}

async function hasLoaded(qmp: QmpConnection): Promise<true | undefined> {
  try {
    const { status, 'error-desc': words } = await qmp.execute(
      'query-migrate',
      {},
      { schema: migrationSchema },
    )
    if (status === 'failed') throw loadFailed(words)
    const machine = await qmp.execute('query-status', {}, { schema: statusSchema })
    return machine.status === 'inmigrate' ? undefined : true
  } catch (error) {
    if (error instanceof QmpClosedError) throw loadFailed('QEMU ended', error)
    throw error
  }
}

function loadFailed(words: string | undefined, cause?: unknown): ZoneError {
  const why = words ?? 'QEMU gives no reason'
  return new ZoneError(`The state of the guest could not be loaded: ${why}`, { code: 'LOAD_FAILED', cause })
}
