import { ZoneError } from '../../errors.ts'
import { probeStorage } from '../../storage/storage.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { giveUpImage } from './abandon-suspension.ts'
import { type BootOptions, bootZone } from './boot.ts'
import { placeText } from './image-place.ts'
import { recoverSuspension } from './recover-suspension.ts'
import { type ResumeOptions, resumeZone } from './resume.ts'

/**
 * Starts an installed zone: a suspended guest goes on, any other boots.
 *
 * @param options.discard gives a suspended guest up and boots from the disk
 * @throws ZoneError as `bootZone()` and `resumeZone()`; RESUME_ARGUMENTS; STORAGE_UNREACHABLE and the like of the medium
 */
export async function bootOrResume(
  host: Host,
  zone: Zone,
  { bootargs, medium, discard }: BootOptions & { readonly discard: boolean },
  resumeOptions: ResumeOptions,
): Promise<void> {
  host.goingDown.beforeBoot(zone.name)
  zone.requireState('boot', ['installed'])
  // Before anything is given up for it.
  if (medium !== undefined) await probeStorage(medium, host.storage, { signal: resumeOptions.signal })
  if (discard) await discardImage(host, zone)
  else if (zone.record.suspended?.phase !== 'whole') await recoverSuspension(host, zone)
  if (!zone.isSuspended) {
    await bootZone(host, zone, { bootargs, medium }, resumeOptions.signal)
    if (zone.reason !== undefined) await host.registry.update(zone, { reason: undefined })
    return
  }
  if (bootargs === undefined && medium === undefined) return resumeZone(host, zone, resumeOptions)
  const given = medium === undefined ? `-- ${bootargs ?? ''}` : `-b ${medium}`
  const words = medium === undefined ? 'reads no boot arguments' : 'boots from no medium'
  throw new ZoneError(`zone '${zone.name}': a suspended guest goes on and ${words}`, {
    code: 'RESUME_ARGUMENTS',
    remedy: `zoneadm -z ${zone.name} boot, or give the suspended guest up: zoneadm -z ${zone.name} boot --discard ${given}`,
  })
}

/** Gives a suspended guest up, as cutting its power would: what it had not written to its disks is lost. */
export async function discardImage(host: Host, zone: Zone): Promise<void> {
  const { suspended } = zone.record
  if (suspended === undefined || zone.running !== undefined) return
  await giveUpImage(host, zone, suspended, undefined)
  host.log(`zone '${zone.name}': the suspended guest was given up`)
}

/** @throws ZoneError ZONE_SUSPENDED: the guest's memory would be left behind */
export function requireNotSuspended(verb: string, zone: Zone): void {
  const { suspended } = zone.record
  if (!zone.isSuspended || suspended === undefined) return
  const zoneadm = `zoneadm -z ${zone.name}`
  throw new ZoneError(
    `zone '${zone.name}': is suspended, its guest is in the image at ${placeText(suspended.place)}; '${verb}' would lose it`,
    {
      code: 'ZONE_SUSPENDED',
      remedy: `Let it go on (${zoneadm} boot), or give it up: ${zoneadm} halt --discard`,
    },
  )
}
