import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../errors.ts'
import { systemError } from './system-error.ts'

/**
 * Makes a folder and those above it that are missing. Unlike the recursive mkdir of Node it comes to an end on file
 * systems that answer "no such file" for a new folder, as procfs does.
 *
 * @param mode permission bits of new folders
 * @returns the topmost folder that was made; undefined if all were there
 * @throws ZoneError HOST_FAILURE, FOLDER_REFUSED
 */
export async function makeFolder(path: string, mode = 0o755): Promise<string | undefined> {
  try {
    return await make(path, mode)
  } catch (error) {
    if (error instanceof ZoneError) throw error
    throw systemError(error, path) ?? refused(path, error)
  }
}

async function make(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode })
    return path
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return undefined
    if (code !== 'ENOENT' || dirname(path) === path) throw error
  }
  const above = await make(dirname(path), mode)
  // Once: a second "no such file" is the file system's last word.
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  return above ?? path
}

function refused(path: string, cause: unknown): ZoneError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new ZoneError(`Cannot make the folder "${path}": this file system takes none there (${code})`, {
    code: 'FOLDER_REFUSED',
    remedy: 'Choose a folder on an ordinary file system: KZ_ROOT=/srv/host1',
    cause,
  })
}
