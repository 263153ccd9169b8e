import { readArea } from '../../hostdata/owner-record/area.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { forOperator } from './host-data-errors.ts'
import { atHostData, type HostDataPlace } from './open-host-data.ts'
import { type OpenRecord, openRecord } from './open-record.ts'
import { sealedKeys } from './zone-key.ts'

/** Works on the host data of a zone; what is wrong with them is told with what its operator can do. */
export async function at<T>(
  host: Host,
  { name }: Pick<Zone, 'name'>,
  uri: string,
  writable: boolean,
  work: (place: HostDataPlace) => Promise<T>,
): Promise<T> {
  try {
    return await atHostData(uri, host.storage, { socket: host.layout.hostDataSocket(name), writable }, work)
  } catch (error) {
    throw forOperator(name, error)
  }
}

/**
 * The same, with the owner record that is there, opened with the keys that this host has of the zone.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE; what the work throws
 */
export async function atOwner<T>(
  host: Host,
  zone: Pick<Zone, 'name' | 'record'>,
  uri: string,
  writable: boolean,
  work: (found: OpenRecord, place: HostDataPlace) => Promise<T> | T,
): Promise<T> {
  const keys = await sealedKeys(host, zone)
  return at(host, zone, uri, writable, async (place) =>
    work(openRecord(zone, await readArea(place.store, place.offset), keys, uri), place),
  )
}
