import { eraseArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at, atOwner } from './at-host-data.ts'
import { hostDataUri } from './own.ts'

/**
 * Writes a zone's owner record onto storage to which its boot device is being moved, as it is: whichever of the two the zone
 * has in the end says the same.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function copyOwner(host: Host, zone: Zone, to: string): Promise<void> {
  const from = await hostDataUri(host, zone)
  if (from === undefined) return
  const found = await atOwner(host, zone, from, false, (record) => record)
  await at(host, zone, to, true, async ({ store, offset }) => {
    await eraseArea(store, offset)
    await writeRecord(store, offset, found, found.key)
  })
}
