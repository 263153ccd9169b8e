import { takeBack } from '../../migration/take-back.ts'
import { isAlive } from '../../util/process-identity.ts'
import type { Host } from '../host.ts'
import { isOurs, noteOwner, readOwner } from '../ownership/own.ts'
import type { Zone } from '../zone.ts'
import type { SuspendedGuest } from '../zone-record.ts'
import { placeText, removeImage } from './image-place.ts'
import { notTakenBack } from './not-taken-back.ts'
import { endRunning } from './run-zone.ts'

/**
 * Lets a guest go on whose suspension did not come to its end, and removes what there is of the image. Before the guest
 * goes on it is on disk that the image is worth nothing: it would be older than the guest's disks. Safe to call twice.
 *
 * @param failure why the suspension did not come to its end, if that is known
 * @throws ZoneError NOT_TAKEN_BACK: the guest may stand still, and `recoverSuspension()` is to be tried again
 */
export async function abandonSuspension(
  host: Host,
  zone: Zone,
  suspended: SuspendedGuest,
  failure?: unknown,
): Promise<void> {
  try {
    await abandon(host, zone, suspended)
  } catch (error) {
    if (zone.running === undefined) throw error
    throw notTakenBack({ zone: zone.name, kind: 'suspension', held: error, failure })
  }
}

/**
 * Whether a suspension, or resumption, of a zone could not be brought to its end: its guest may stand still here, or be in an image
 * that cannot be seen now.
 */
export const isHeldBySuspension = ({ running, record: { suspended, state } }: Zone) =>
  suspended !== undefined && (running !== undefined || (state === 'installed' && suspended.phase !== 'whole'))

async function abandon(host: Host, zone: Zone, suspended: SuspendedGuest): Promise<void> {
  const { registry } = host
  const isNoted = await registry.update(zone, { suspended: { ...suspended, phase: 'abandoned' } }).then(
    () => true,
    () => false,
  )
  // Nothing can be written: perhaps the image itself has filled the disk.
  if (!isNoted) await removeImage(host, zone, suspended)
  const goesOn = await letGoOn(host, zone)
  await giveUpImage(host, zone, suspended, goesOn ? undefined : endedMeanwhile)
}

/** @returns false if its machine has ended */
async function letGoOn(host: Host, zone: Zone): Promise<boolean> {
  const { running } = zone
  if (running === undefined) return false
  const { qmp, identity } = running.machine.qemu
  try {
    await takeBack(qmp)
    return true
  } catch (error) {
    if (await isAlive(identity)) throw error
    await endRunning(host, zone)
    return false
  }
}

const endedMeanwhile =
  'its machine ended while it was being suspended; the next boot starts it anew, as after a power failure'

/** Forgets an image that is worth nothing any more, then removes it, unless another host has the zone by now. */
export async function giveUpImage(
  host: Host,
  zone: Zone,
  suspended: SuspendedGuest,
  reason: string | undefined,
): Promise<void> {
  const other = await whyAnothers(host, zone, suspended)
  await host.registry.update(zone, { suspended: undefined, reason })
  if (other !== undefined) {
    host.log(`zone '${zone.name}': its image at ${placeText(suspended.place)} stays: ${other}`)
    return
  }
  // Of one that runs the disk says so already.
  if (zone.running === undefined) await noteOwner(host, zone, { state: 'installed' })
  // What is left of it is never taken for the guest: nothing knows its id any more.
  await removeImage(host, zone, suspended).catch((error: Error) =>
    host.log(
      `zone '${zone.name}': what is left of the image at ${placeText(suspended.place)} stays there: ${error.message}`,
    ),
  )
}

/** Why its image may be another host's by now, whose guest would be lost with it; undefined: it is this host's. */
async function whyAnothers(host: Host, zone: Zone, { phase }: SuspendedGuest): Promise<string | undefined> {
  // One that runs was looked at before.
  if (zone.running !== undefined) return undefined
  try {
    const owner = await readOwner(host, zone)
    const isAnothers = owner !== undefined && !isOurs(host.identity.id, zone, owner)
    return isAnothers ? `host ${owner.owner.name} has the zone` : undefined
  } catch (error) {
    // The disk of one that is not whole, or goes on, says that it runs: nobody else goes on from its image.
    return phase === 'whole' ? `it is not known who has the zone: ${(error as Error).message}` : undefined
  }
}
