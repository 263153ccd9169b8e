import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { LuSuri, WorldWideName } from '../zone/suri/suri.ts'
import { devDriver } from './dev.ts'
import type { StorageContext, StorageDriver } from './driver.ts'

const folder = 'dev/disk/by-id'

/**
 * A logical unit on Fibre Channel, SAS or NVMe that the kernel of this host has found: udev names it by its world-wide name.
 * Initiator and target of the URI choose nothing here: where there are several ways, multipath has made one device of them.
 */
export const luDriver: StorageDriver<LuSuri> = {
  async protocol(suri, context, name, signal) {
    return devDriver.protocol({ scheme: 'dev', path: await pathOf(suri, context) }, context, name, signal)
  },

  place: ({ luname }) => formatSuri({ scheme: 'lu', luname, path: undefined }),

  localPath: pathOf,

  async look(suri, context, signal) {
    const path = await pathOf(suri, context)
    const sight = await devDriver.look?.({ scheme: 'dev', path }, context, signal)
    return { ...sight, identity: `${suri.luname.format}.${suri.luname.hex}` }
  },
}

/** The names that udev gives, the device that joins all ways first. */
function namesOf({ format, hex }: WorldWideName): string[] {
  const scsi = `${format === 'naa' ? 3 : 2}${hex}`
  return [
    `dm-uuid-mpath-${scsi}`,
    ...(format === 'naa' ? [`wwn-0x${hex}`] : [`nvme-eui.${hex}`]),
    `scsi-${scsi}`,
  ]
}

/** @throws ZoneError STORAGE_UNREACHABLE */
async function pathOf(suri: LuSuri, { root }: StorageContext): Promise<string> {
  // A host that has its own root may have its own devices.
  const folders = [...new Set([join(root, folder), join('/', folder)])]
  for (const place of folders) {
    for (const name of namesOf(suri.luname)) {
      const path = join(place, name)
      if ((await stat(path).catch(() => undefined))?.isBlockDevice() === true) return path
    }
  }
  throw new ZoneError(`Cannot open "${formatSuri(suri)}": the kernel of this host has no such logical unit`, {
    code: 'STORAGE_UNREACHABLE',
    remedy: `Map it to this host, then look for it: rescan-scsi-bus.sh; ls ${join('/', folder)}`,
  })
}
