import { probeStorage } from '../../storage/storage.ts'
import type { Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { bootZone } from './boot.ts'
import { type InstallOptions, installZone, uninstallZone } from './install.ts'

/**
 * Installs a zone with blank disks and boots it from a medium, whose installer does the rest on the zone's console. If it cannot be
 * booted, nothing of the installation is left.
 *
 * @throws ZoneError as `installZone()` and `bootZone()`
 */
export async function installFromMedium(
  host: Host,
  zone: Zone,
  options: InstallOptions & { readonly medium: string },
  signal: AbortSignal,
  progress: (value: Progress) => void,
): Promise<void> {
  const { medium } = options
  await probeStorage(medium, host.storage, { signal })
  await installZone(host, zone, options, signal, progress)
  try {
    await bootZone(host, zone, { medium }, signal)
  } catch (error) {
    await uninstallZone(host, zone)
    throw error
  }
  progress({
    kind: 'line',
    text: `Booted from ${medium}; its installer is on the console: zlogin -C ${zone.name}`,
  })
  progress({
    kind: 'line',
    text: `When it is done and the guest has come up from its disk, take the drive out: zoneadm -z ${zone.name} reboot`,
  })
}
