import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ZoneError } from '../errors.ts'

/** A program as it is on disk now: when one of these changes, it is another program. */
export interface ProgramFile {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/**
 * Finds the file that would run under this name.
 *
 * @param name looked up in PATH unless it has a slash
 * @throws ZoneError COMMAND_MISSING
 */
export async function findProgram(
  name: string,
  searchPath = process.env['PATH'] ?? '',
): Promise<ProgramFile> {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '')
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name))
  for (const path of candidates) {
    try {
      const [file] = await Promise.all([stat(path), access(path, constants.X_OK)])
      if (file.isFile()) return { path, sizeBytes: file.size, modifiedMs: file.mtimeMs }
    } catch {
      // Not there, or not to be run: the next folder may have it.
    }
  }
  throw new ZoneError(`Cannot run "${name}": it is not installed`, { code: 'COMMAND_MISSING' })
}
