import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import type { FirmwareImage } from './platform-schema.ts'

const addressSpaceBytes = 2 ** 32
const text = z.object({ 'human-readable-text': z.string() })

/**
 * The build of the firmware in a guest's memory. A guest that came here by a migration has brought its own, and one
 * that booted before an update has the older one. Takes 2 ms and does not disturb the guest: the memory is read-only.
 *
 * @throws QmpError, QmpClosedError, QmpTimeoutError; Error if this machine has no BIOS
 */
export async function bootedFirmware(
  qmp: QmpConnection,
  options: QmpWaitOptions = {},
): Promise<FirmwareImage> {
  const blocks = await qmp.execute('x-query-ramblock', {}, { ...options, schema: text })
  const used = /^\s*pc\.bios\s+\d+ \wiB\s+0x[0-9a-f]+\s+0x([0-9a-f]+)/m.exec(blocks['human-readable-text'])
  if (used?.[1] === undefined) throw new Error('QEMU tells of no BIOS in this machine')
  const sizeBytes = Number.parseInt(used[1], 16)
  const folder = await mkdtemp(join(tmpdir(), 'kz-bios-'))
  try {
    const filename = join(folder, 'bios')
    // It ends where the first 4 GiB do.
    await qmp.execute('pmemsave', { val: addressSpaceBytes - sizeBytes, size: sizeBytes, filename }, options)
    const content = await readFile(filename)
    return { sizeBytes, sha256: createHash('sha256').update(content).digest('hex') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
