import { stat } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import type { DevSuri } from '../zone/suri/suri.ts'
import type { StorageDriver } from './driver.ts'

/** A block device of this host. */
export const devDriver: StorageDriver<DevSuri> = {
  protocolNode: ({ path }) => ({
    driver: 'host_device',
    filename: path,
    cache: { direct: true, 'no-flush': false },
    aio: 'native',
    discard: 'unmap',
  }),

  localPath: ({ path }) => path,

  async identity({ path }) {
    const status = await stat(path)
    if (status.isBlockDevice()) return `device ${status.rdev}`
    throw new ZoneError(`"${path}" is not a block device`, { code: 'NOT_A_DEVICE' })
  },
}
