import { rm } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import { ownState } from '../ownership/hand-over-record.ts'
import { noteOwner } from '../ownership/own.ts'
import type { Zone } from '../zone.ts'
import type { SuspendedGuest } from '../zone-record.ts'
import { abandonSuspension, giveUpImage } from './abandon-suspension.ts'
import { mountOfPlace, openPlace, placeText } from './image-place.ts'
import { endedAtOnce } from './resume.ts'
import { endRunning } from './run-zone.ts'
import { openSuspended } from './suspended-image.ts'

/**
 * Brings a suspension, or a resumption, that was interrupted to its end: the zone runs, or it is suspended with a whole
 * image, or its machine ended before the image was whole. Safe to call twice, and for a zone that has none.
 *
 * @throws ZoneError IMAGE_UNCERTAIN: it cannot be seen at the moment whether the image is whole; NOT_TAKEN_BACK: the guest may stand still
 */
export async function recoverSuspension(host: Host, zone: Zone): Promise<void> {
  const { suspended } = zone.record
  if (suspended === undefined) return
  const { layout } = host
  const sockets = [layout.stateSocket(zone.name), layout.imageSocket(zone.name)]
  await Promise.all(sockets.map((socket) => rm(socket, { force: true })))
  switch (suspended.phase) {
    case 'writing':
      if (zone.running === undefined && (await isWhole(host, zone, suspended))) {
        await host.registry.update(zone, { suspended: { ...suspended, phase: 'whole' } })
        host.log(`zone '${zone.name}': is suspended; its image was found whole`)
        await noteOwner(host, zone, ownState(zone))
        return
      }
      return abandonSuspension(host, zone, suspended)
    case 'abandoned':
      return abandonSuspension(host, zone, suspended)
    case 'whole':
      // Either its image was just written, or it was just being loaded: what is there has not run since.
      await endRunning(host, zone)
      return noteOwner(host, zone, ownState(zone))
    case 'resuming':
      return finishResuming(host, zone, suspended)
  }
}

async function isWhole(host: Host, zone: Zone, suspended: SuspendedGuest): Promise<boolean> {
  try {
    return await lookAtImage(host, zone, suspended)
  } catch (error) {
    throw new ZoneError(
      `zone '${zone.name}': was being suspended when zonesd ended, and "${placeText(suspended.place)}" cannot be read now: ${(error as Error).message}`,
      {
        code: 'IMAGE_UNCERTAIN',
        remedy: `Once it can be read: zoneadm -z ${zone.name} boot. To give the guest up: zoneadm -z ${zone.name} boot --discard`,
        cause: error,
      },
    )
  }
}

/**
 * Its header is written last: an image that has one is whole, and its guest stood still until its machine ended. Where its file
 * system is not mounted nothing is known.
 */
async function lookAtImage(host: Host, zone: Zone, suspended: SuspendedGuest): Promise<boolean> {
  const { place, mount } = suspended
  const isMounted = async () => mount === undefined || (await mountOfPlace(host, place)) === mount
  const wasMounted = await isMounted()
  try {
    await using store = await openPlace(host, zone, place, { writable: false })
    await openSuspended(host, zone, suspended, store)
    return true
  } catch (error) {
    if (!isVerdict(error)) throw error
    // It may have been mounted since, or not be any more.
    if (wasMounted && (await isMounted())) return false
    throw new Error(`the file system on which it was begun is not mounted (${mount})`, { cause: error })
  }
}

/** Whether the error says that there is no image, or none that is whole. */
function isVerdict(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code.startsWith('IMAGE_')
}

async function finishResuming(host: Host, zone: Zone, suspended: SuspendedGuest): Promise<void> {
  const { running } = zone
  if (running === undefined) return giveUpImage(host, zone, suspended, endedAtOnce)
  const { qmp } = running.machine.qemu
  const { running: isGoing } = await qmp.execute('query-status', {}, { schema: statusSchema })
  if (!isGoing) await qmp.execute('cont')
  await giveUpImage(host, zone, suspended, undefined)
}
