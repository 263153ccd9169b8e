import { eraseArea, lookAtArea, readArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { forOperator, storageShrunk } from './host-data-errors.ts'
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
    throw forOperator(name, host.layout.key(name), error)
  }
}

/** What is at the end of a zone's boot device. */
export interface FoundArea {
  readonly area: Buffer
  /** Where it was found, if the storage was made larger since: where the end was, in bytes. */
  readonly former?: number
}

/**
 * Finds the host data of a zone at the end of its boot device, or where the end was, if they are newer there.
 *
 * @param former what its guest sees of the device, in bytes; undefined: that is not known
 */
export async function findArea(
  { store, offset }: HostDataPlace,
  former: number | undefined,
): Promise<FoundArea> {
  const area = await readArea(store, offset)
  if (former === undefined || former >= offset) return { area }
  const before = await readArea(store, former)
  const [atEnd, atFormer] = [lookAtArea(area), lookAtArea(before)]
  if (atFormer.status !== 'host data') return { area }
  if (atEnd.status !== 'host data') return { area: before, former }
  // As new: if the two places overlap, one slot can be in both, and only the former has the other one, too.
  const isNewer = atEnd.zone === atFormer.zone && atFormer.sequence >= atEnd.sequence
  return isNewer ? { area: before, former } : { area }
}

/** The place of an owner record. */
export interface OwnerPlace extends HostDataPlace {
  /** Writes a record after the one that was found, at the end as it is now, and waits until it is on the storage itself. */
  readonly replace: (next: Sequenced, key: Uint8Array) => Promise<void>
  /** Leaves nothing of any record. */
  readonly erase: () => Promise<void>
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
  work: (found: OpenRecord, place: OwnerPlace) => Promise<T> | T,
): Promise<T> {
  const keys = await sealedKeys(host, zone)
  return at(host, zone, uri, writable, async (place) => {
    const { store, offset, sizeBytes } = place
    const known = zone.record.hostData
    const { area, former } = await findArea(place, known?.sizeBytes)
    const requireSize = (expected: { readonly sizeBytes: number } | undefined) => {
      const shrunk = storageShrunk(uri, sizeBytes, expected)
      if (shrunk !== undefined) throw shrunk
    }
    if (lookAtArea(area).status !== 'host data') requireSize(known)
    const eraseFormer = async () => {
      if (former !== undefined) await eraseArea(store, former, offset)
    }
    const replace = async (next: Sequenced, key: Uint8Array) => {
      await writeRecord(store, offset, next, key)
      // Only now: until then it was the one that held.
      await eraseFormer()
    }
    const erase = async () => {
      await eraseFormer()
      await eraseArea(store, offset)
    }
    const found = openRecord(zone, area, keys, uri)
    // Of two copies one can be seen where the other belongs; what is written after it would be over the guest's data.
    requireSize(found.record)
    return work(found, { ...place, replace, erase })
  })
}
