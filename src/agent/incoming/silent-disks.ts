import { z } from 'zod'
import type { QmpConnection } from '../../qmp/connection.ts'
import { blockStatsSchema } from '../../qmp/schemas.ts'
import { type RetryOptions, retryUntil } from '../../util/retry-until.ts'
import { blockDevices } from '../../vm/block-devices.ts'

/** Disks that fail what is asked of them now, or answer nothing. A guest that is idle would be the first to notice, and late. */
export async function silentDisks(qmp: QmpConnection, patience: RetryOptions): Promise<string[]> {
  const disks = (await blockDevices(qmp)).flatMap(({ qdev, removable, inserted }) =>
    removable || inserted === undefined || qdev === undefined ? [] : [qdev],
  )
  const before = await reads(qmp)
  const refused = await Promise.all(disks.map((qdev) => beginRead(qmp, qdev)))
  const waiting = new Set(disks.filter((_, index) => refused[index] === ''))
  const failed = new Set<string>()
  const look = async () => {
    const now = await reads(qmp)
    for (const qdev of [...waiting]) {
      const [then, since] = [before.get(qdev), now.get(qdev)]
      if ((since?.failed ?? 0) > (then?.failed ?? 0)) failed.add(qdev)
      else if ((since?.done ?? 0) <= (then?.done ?? 0)) continue
      waiting.delete(qdev)
    }
    return waiting.size === 0 ? true : undefined
  }
  await retryUntil(look, patience)
  return [
    ...disks.flatMap((qdev, index) =>
      refused[index] === '' ? [] : [`its disk ${qdev} cannot be read (${refused[index]})`],
    ),
    ...[...failed].map((qdev) => `its disk ${qdev} fails to be read`),
    ...[...waiting].map((qdev) => `its disk ${qdev} does not answer within ${patience.timeoutMs} ms`),
  ]
}

/** How many reads of each drive have ended, also those of its guest. */
async function reads(
  qmp: QmpConnection,
): Promise<Map<string, { readonly done: number; readonly failed: number }>> {
  const stats = await qmp.execute('query-blockstats', {}, { schema: blockStatsSchema })
  return new Map(
    stats.map(({ qdev = '', stats: { rd_operations: done, failed_rd_operations: failed } }) => [
      qdev,
      { done, failed },
    ]),
  )
}

/**
 * Reads a sector besides what the guest asks for. QEMU answers at once, and counts the read when it has ended: a `read` would hold
 * its main loop, and with it guest and monitor, for as long as the storage does.
 *
 * @returns why it did not begin; empty: it has
 */
async function beginRead(qmp: QmpConnection, qdev: string): Promise<string> {
  const words = await qmp.execute('human-monitor-command', {
    'command-line': `qemu-io -d ${qdev} "aio_read -q 0 512"`,
  })
  return z.string().parse(words).trim()
}
