import { ZoneError } from '../../errors.ts'
import type { Host } from '../host.ts'
import { hadFailed } from '../lifecycle/not-taken-back.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { withdrawZone } from '../ownership/hand-over-record.ts'
import type { Zone } from '../zone.ts'

/** Whether `takeBack()` has said that the guest can never go on: its post-copy broke before it was handed over. */
export const isSwitchBroken = (error: unknown): error is ZoneError =>
  error instanceof ZoneError && error.code === 'POSTCOPY_BROKEN'

/** Ends the machine of such a guest: the zone is installed here, and can be booted from its disks. */
export async function endBrokenSwitch(host: Host, zone: Zone, broken: ZoneError): Promise<void> {
  host.log(`zone '${zone.name}': ${broken.message}`)
  await endRunning(host, zone)
  await withdrawZone(host, zone)
}

/**
 * What the operator is told of it then.
 *
 * @param failure why the migration did not come to its end, if that is known
 */
export function brokenInSwitch(zone: string, broken: ZoneError, failure: unknown = broken): ZoneError {
  const why = isSwitchBroken(failure) ? '' : hadFailed(failure)
  return new ZoneError(`zone '${zone}': ${broken.message}; the zone is installed here${why}`, {
    code: broken.code,
    remedy: `Boot it, as after a power failure: zoneadm -z ${zone} boot`,
    cause: failure,
  })
}
