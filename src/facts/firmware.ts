import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../util/run-command.ts'
import type { FirmwareFile } from './platform-schema.ts'

/** The BIOS of the machines that kzone makes (SeaBIOS). Their NICs have no option ROM, so there is nothing else. */
export const biosName = 'bios-256k.bin'

/**
 * The folders in which QEMU looks for firmware, in its order.
 *
 * @param binary program name or path of QEMU
 * @throws ZoneError COMMAND_MISSING, COMMAND_FAILED
 */
export async function firmwareFolders(binary: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await runCommand(binary, ['-L', 'help'], { signal })
  return stdout.split('\n').filter((line) => line.startsWith('/'))
}

/** The firmware files that QEMU would load from its folders now; one that is nowhere is left out. */
export async function readFirmware(folders: readonly string[]): Promise<FirmwareFile[]> {
  for (const folder of folders) {
    const path = join(folder, biosName)
    const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw error
    })
    if (content === undefined) continue
    const sha256 = createHash('sha256').update(content).digest('hex')
    return [{ name: biosName, path, sizeBytes: content.length, sha256 }]
  }
  return []
}
