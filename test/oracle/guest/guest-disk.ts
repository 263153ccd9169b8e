import { open } from 'node:fs/promises'
import { reportingGuestBytes, reportingGuestImage } from './reporting-guest.gen.ts'

/**
 * Makes a disk that holds nothing yet, or the reporting guest to boot from.
 *
 * @param path of the file behind the disk, which keeps its inode: a server may have it open
 */
export async function writeGuestDisk(
  path: string,
  { sizeBytes, bootable }: { readonly sizeBytes: number; readonly bootable: boolean },
): Promise<void> {
  const content = Buffer.alloc(sizeBytes)
  if (bootable) Buffer.from(reportingGuestImage, 'base64').copy(content)
  if (content.length < reportingGuestBytes) throw new Error(`A disk of ${sizeBytes} bytes is too small`)
  await using file = await open(path, 'r+').catch(() => open(path, 'w+', 0o600))
  await file.truncate(sizeBytes)
  await file.write(content, 0, content.length, 0)
}
