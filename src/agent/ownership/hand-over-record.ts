import type { Host } from '../host.ts'
import { placeText } from '../lifecycle/image-place.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { type Change, noteOwner, tellMissed, writeOwner } from './own.ts'

/** What the record is to say of a zone of this host as it is now. */
export function ownState({ running, record: { suspended } }: Zone): Change {
  return running === undefined ? restState(suspended) : { state: 'running' }
}

/** The same of one that does not run. */
export function restState(suspended: ZoneRecord['suspended']): Change {
  if (suspended?.phase !== 'whole') return { state: 'installed' }
  return { state: 'suspended', image: { id: suspended.imageId, place: placeText(suspended.place) } }
}

/**
 * Writes on the zone's boot device that a migration may take it to another host. It is this host's until that host has
 * written its own name.
 *
 * @param ticket the migration
 * @throws as `writeOwner()`, also if not all copies can be written
 */
export async function offerZone(
  host: Host,
  zone: Zone,
  ticket: string,
  to: { readonly id: string; readonly name: string },
): Promise<void> {
  const transit = { ticket, to: { id: to.id, name: to.name } }
  await writeOwner(host, zone, { ...ownState(zone), transit }, { all: true })
}

/** Takes the offer back, as far as the storage can be reached: whoever has the ticket has given the migration up. Never throws. */
export function withdrawZone(host: Host, zone: Zone): Promise<void> {
  return noteOwner(host, zone, ownState(zone))
}

/**
 * The zone is this host's again, by the word of the host that it was offered to: also if that host has written its own name by
 * now. A third one that has taken it over since keeps it. Never throws: if it cannot be written, the next boot says what to do.
 *
 * @param from id of that host; undefined: it is not known
 */
export async function retakeZone(host: Host, zone: Zone, from: string | undefined): Promise<void> {
  try {
    tellMissed(host, zone, await writeOwner(host, zone, ownState(zone), { from }))
  } catch (error) {
    const { message } = error as Error
    host.log(`zone '${zone.name}': its host data do not say that it is here: ${message}`)
  }
}
