import { access, constants, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemError } from '../util/system-error.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { FileSuri } from '../zone/suri/suri.ts'
import type { StorageContext, StorageDriver } from './driver.ts'
import { storageLeft } from './storage-left.ts'

const hostPath = ({ path }: FileSuri, { root }: StorageContext) => join(root, path)

/** A regular file of this host, raw and sparse. */
export const fileDriver: StorageDriver<FileSuri> = {
  protocol: (suri, context) => ({
    node: { driver: 'file', filename: hostPath(suri, context), locking: 'on', discard: 'unmap' },
  }),

  place: ({ path }) => path,

  async look(suri, context) {
    const path = hostPath(suri, context)
    const { dev, ino } = await stat(path)
    const refusal = await access(path, constants.W_OK).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    )
    return {
      identity: `inode ${dev}:${ino}`,
      ...(refusal === undefined ? {} : { readOnly: `"${path}" cannot be written (${refusal})` }),
    }
  },

  localPath: hostPath,

  async create(suri, sizeBytes, context) {
    const path = hostPath(suri, context)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    try {
      await using handle = await open(path, 'wx', 0o600)
      await handle.truncate(sizeBytes).catch(async (error: unknown) => {
        await rm(path).catch(() => {
          throw storageLeft(formatSuri(suri), error)
        })
        throw error
      })
      return 'created'
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'existed'
      throw systemError(error, path) ?? error
    }
  },

  remove: (suri, context) => rm(hostPath(suri, context), { force: true }),
}
