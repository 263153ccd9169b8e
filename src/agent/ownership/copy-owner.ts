import { eraseArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import { onDevice } from '../../hostdata/owner-record/owner-record.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at } from './at-host-data.ts'
import { atOwner } from './at-owner.ts'
import { ownerPlaces } from './own.ts'

/**
 * Writes a zone's owner record onto storage to which one of its boot devices is being moved, as it is: whichever of the two the
 * zone has in the end says the same.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function copyOwner(
  host: Host,
  zone: Zone,
  { id, to }: { readonly id: number; readonly to: string },
): Promise<void> {
  const places = await ownerPlaces(host, zone)
  if (places.length === 0) return
  const { record, sequence, key } = await atOwner(host, zone, places, 'read', (found) => found)
  await at(host, zone, to, true, async ({ store, offset }) => {
    await eraseArea(store, offset)
    await writeRecord(store, offset, { record: onDevice(record, id), sequence }, key)
  })
}
