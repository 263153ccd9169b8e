import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { QmpError, QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { isPostcopy } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { writeRecord } from '../zone-record.ts'
import { streamStatus } from './stream-status.ts'

const pauseTimeoutMs = 5_000
const outOfBandTimeoutMs = patienceMs(5_000)

/**
 * Waits for another stream to a guest that goes on here by post-copy, whose first one has broken (QEMU's `migrate-recover`). A
 * guest that misses a page can hold up all that QEMU does but this. The stream comes in by a socket of this host alone, in
 * the clear, as handshakes would be held up, too. Asked again, it waits anew.
 */
export async function rejoinIncoming(
  host: Host,
  { migrationId, zone: name, isOnlyAsked, isHalfGone = false }: PeerParams<'peer/rejoin'>,
): Promise<PeerResult<'peer/rejoin'>> {
  const zone = host.registry.find(name)
  // Its arrival is written down right after it went on; a source that asks before that asks again.
  if (zone?.running === undefined || zone.record.arrival !== migrationId) return { status: 'ended' }
  const { running } = zone
  const { qmp } = running.machine.qemu
  const isFilling = (status: string | undefined) => status === undefined || isPostcopy(status)
  if (!isFilling(await streamStatus(qmp))) return { status: 'whole' }
  if (isHalfGone) {
    running.record = { ...running.record, isHalfGone }
    zone.filling = 'lost'
    await writeRecord(host.layout.runRecord(name), running.record)
  }
  if (isOnlyAsked) return { status: 'filling' }
  const uri = `unix:${host.layout.restSocket(name)}`
  const options = { timeoutMs: outOfBandTimeoutMs }
  try {
    const waits = await retryUntil(
      async () => {
        const isRefused = await qmp.executeOutOfBand('migrate-recover', { uri }, options).catch(refused)
        if (isRefused !== true) return true
        // This end has not noticed yet.
        await qmp.executeOutOfBand('migrate-pause', {}, options).catch(refused)
        return undefined
      },
      { timeoutMs: pauseTimeoutMs, intervalMs: 50 },
    )
    if (waits === true) return { status: 'waits' }
  } catch (error) {
    if (error instanceof QmpTimeoutError) return { status: 'stuck' }
    throw error
  }
  return { status: isFilling(await streamStatus(qmp)) ? 'stuck' : 'whole' }
}

function refused(error: unknown): true {
  if (error instanceof QmpError) return true
  throw error
}
