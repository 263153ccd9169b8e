import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { systemError } from './system-error.ts'

/** What was made or removed in a folder is so after a crash, too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces a file so that after a crash either the old or the new content is there, never a mixture: write to a
 * temporary file beside it, fsync, rename, fsync the folder. The folder is made if it is missing.
 *
 * @param mode permission bits of the new file
 * @throws ZoneError HOST_FAILURE (disk full, no permission, …), or the system's error; the old file is untouched then
 */
export async function atomicWrite(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  try {
    await replace(path, content, mode)
  } catch (error) {
    throw systemError(error, path) ?? error
  }
}

async function replace(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  let handle: FileHandle | undefined
  try {
    handle = await open(temporary, 'wx', mode)
    await handle.writeFile(content)
    await handle.sync()
    await handle.close()
    handle = undefined
    await rename(temporary, path)
  } catch (error) {
    await handle?.close()
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Removes what writes that were interrupted have left in a folder; nobody may be writing there meanwhile. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const unfinished = names.filter((name) => /^\..+\.[0-9a-f]{12}$/.test(name))
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true })))
}
