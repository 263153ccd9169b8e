import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostLayout } from '../util/host-layout.ts'
import { makeFolder } from '../util/make-folder.ts'

/**
 * Makes the folders of a host. Only zonesd does that.
 *
 * @returns the topmost of those that were made
 * @throws ZoneError HOST_FAILURE, FOLDER_REFUSED
 */
export async function makeHostFolders(layout: HostLayout): Promise<string[]> {
  const made: string[] = []
  for (const folder of [layout.configFolder, layout.stateFolder, layout.runFolder, layout.logFolder]) {
    const topmost = await makeFolder(folder)
    if (topmost !== undefined) made.push(topmost)
  }
  return made
}

/**
 * A folder for all temporary files of zonesd. What one that was killed has left there is removed first.
 *
 * @returns its path; disposed, it is gone
 */
export async function temporaryFolder({
  runFolder,
}: Pick<HostLayout, 'runFolder'>): Promise<AsyncDisposable & { readonly path: string }> {
  const path = join(runFolder, 'zonesd.tmp')
  const remove = () => rm(path, { recursive: true, force: true })
  await remove()
  await mkdir(path, { mode: 0o700 })
  return { path, [Symbol.asyncDispose]: remove }
}
