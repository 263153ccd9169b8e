import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { placeStreamKey } from '../../migration/stream-key.ts'
import { renewKey } from '../../migration/stream-settings.ts'
import type { QmpConnection } from '../../qmp/connection.ts'
import { QmpError } from '../../qmp/qmp-errors.ts'
import { migrationSchema, postcopyStatuses } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'

/** So long the key of another stream lies there, unless the source takes it up before. */
const keyTimeoutMs = patienceMs(15_000)
const pauseTimeoutMs = 5_000

const statusOf = async (qmp: QmpConnection) =>
  (await qmp.execute('query-migrate', {}, { schema: migrationSchema })).status

/**
 * Waits for another stream to a guest that goes on here by post-copy, whose first one has broken (QEMU's `migrate-recover`).
 * Asked again, it waits anew, with another key.
 *
 * @param listenAddress address of this host that the source has reached
 */
export async function rejoinIncoming(
  host: Host,
  { migrationId, zone: name, psk, priority }: PeerParams<'peer/rejoin'>,
  listenAddress: string,
): Promise<PeerResult<'peer/rejoin'>> {
  const zone = host.registry.find(name)
  // Its arrival is written down right after it went on; a source that asks before that asks again.
  if (zone?.running === undefined || zone.record.arrival !== migrationId) return { status: 'ended' }
  const { qmp } = zone.running.machine.qemu
  const status = await statusOf(qmp)
  if (!postcopyStatuses.includes(status ?? '')) return { status: 'whole' }
  // This end may not have noticed yet.
  const isPaused = await retryUntil(
    async () => {
      if ((await statusOf(qmp)) === 'postcopy-paused') return true
      await qmp.execute('migrate-pause').catch(refused)
      return undefined
    },
    { timeoutMs: pauseTimeoutMs, intervalMs: 50 },
  )
  if (isPaused !== true) return { status: (await statusOf(qmp)) === 'completed' ? 'whole' : 'ended' }
  const key = psk === null ? undefined : await placeStreamKey(join(host.layout.runFolder, `${name}.key`), psk)
  await renewKey(qmp, 'server', { keyFolder: key?.folder ?? null, priority: priority ?? undefined })
  const known = new Set((await addresses(qmp)).map(({ port }) => port))
  await qmp.execute('migrate-recover', {
    uri: `tcp:${listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress}:0`,
  })
  const port = (await addresses(qmp)).findLast((address) => !known.has(address.port))?.port
  void removeLater(qmp, key)
  if (port === undefined) return { status: 'ended' }
  return { status: 'waits', host: listenAddress, port }
}

async function addresses(qmp: QmpConnection) {
  const state = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
  return state['socket-address'] ?? []
}

/** QEMU reads the key at the handshake: it can go once the stream goes on. */
async function removeLater(qmp: QmpConnection, key: AsyncDisposable | undefined): Promise<void> {
  const end = performance.now() + keyTimeoutMs
  while (performance.now() < end) {
    const status = await statusOf(qmp).catch(() => 'gone')
    if (status !== 'postcopy-paused') break
    await sleep(100, undefined, { ref: false })
  }
  await key?.[Symbol.asyncDispose]()
}

function refused(error: unknown): void {
  if (!(error instanceof QmpError)) throw error
}
