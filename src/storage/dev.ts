import { readFile, stat } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import type { DevSuri } from '../zone/suri/suri.ts'
import type { StorageDriver } from './driver.ts'

/** A block device of this host. */
export const devDriver: StorageDriver<DevSuri> = {
  protocol: ({ path }) => ({
    node: {
      driver: 'host_device',
      filename: path,
      // Nothing stays in the page cache of a host that the guest has left.
      cache: { direct: true, 'no-flush': false },
      aio: 'native',
      discard: 'unmap',
    },
  }),

  place: ({ path }) => path,

  localPath: ({ path }) => path,

  async look({ path }) {
    const status = await stat(path)
    if (!status.isBlockDevice()) {
      throw new ZoneError(`"${path}" is not a block device`, { code: 'NOT_A_DEVICE' })
    }
    const { rdev } = status
    const flag = await readFile(`/sys/dev/block/${major(rdev)}:${minor(rdev)}/ro`, 'utf8').catch(() => '0')
    return {
      identity: `device ${rdev}`,
      ...(flag.trim() === '1' ? { readOnly: `"${path}" is a read-only device` } : {}),
    }
  },
}

/** As Linux puts both numbers into one (makedev(3)). */
const major = (device: number) => Math.floor(device / 256) % 4096
const minor = (device: number) => (device % 256) + Math.floor(device / 2 ** 20) * 256
