import { readFile } from 'node:fs/promises'

/**
 * Why no zone may come to this host at the moment; null: zones may.
 *
 * @param path of the file that holds the reason, `hostLayout().maintenanceFile`
 */
export async function readMaintenance(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return null
  return text.trim().replaceAll(/\s*\n\s*/g, '; ') || 'no reason was given'
}
