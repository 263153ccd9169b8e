import { ZoneError } from '../../errors.ts'
import {
  type AreaSight,
  areaBytes,
  eraseArea,
  lookAtArea,
  writeRecord,
} from '../../hostdata/owner-record/area.ts'
import type { KnownHostData } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at, atOwner, findArea } from './at-host-data.ts'
import { inUse } from './host-data-errors.ts'
import { newRecord } from './new-record.ts'
import { canGrow, hostDataDevice, resizeFile, roundedToSector } from './open-host-data.ts'
import { isOurs } from './own.ts'
import { keyFor } from './zone-key.ts'

/** What the operator vouches for. */
export interface ClaimWishes {
  /** Whatever is at the end of the boot device is needed by nobody: new host data are begun there. */
  readonly initialize: boolean
  /** Nobody else runs the zone, whatever its record says. */
  readonly takeover: boolean
}

export const noWishes: ClaimWishes = { initialize: false, takeover: false }

/** Where a zone will have its host data. */
export interface Site {
  readonly device: number
  readonly uri: string
  /** What the guest will see of the device, in bytes. */
  readonly sizeBytes: number
  /** Room is to be added behind what is there. */
  readonly grows: boolean
}

type Seen = AreaSight & {
  readonly objectBytes: number
  /** Nothing is where a disk in use has something: not at its beginning, not at its end. */
  readonly isUnused: boolean
}

const sampleBytes = 1024 ** 2

/** What is at the end of a device; nothing is changed, and no key is needed. */
export function look(host: Host, zone: Zone, uri: string): Promise<Seen> {
  return at(host, zone, uri, false, async (place) => {
    const { store, sizeBytes, offset } = place
    const sight = lookAtArea((await findArea(place, zone.record.hostData?.sizeBytes)).area)
    const head = await store.read(0, Math.min(sampleBytes, offset))
    return {
      ...sight,
      objectBytes: sizeBytes,
      isUnused: sight.status === 'blank' && head.every((byte) => byte === 0),
    }
  })
}

/**
 * Finds the place for the host data of a zone that is being installed. Changes nothing.
 *
 * @param made whether the storage was made for this, with room for them
 * @param overwrites whether what is on the disk is written over anyway
 * @returns undefined: the zone gets none, since its disk may be in use up to its end
 * @throws ZoneError HOSTDATA_OTHER, STORAGE_UNREACHABLE, DISK_TOO_SMALL
 */
export async function siteToInstall(
  host: Host,
  zone: Zone,
  contract: Contract,
  {
    made,
    overwrites,
    initialize,
  }: { readonly made: readonly number[]; readonly overwrites: boolean; readonly initialize: boolean },
): Promise<Site | undefined> {
  const device = hostDataDevice(contract)
  if (device === undefined) return undefined
  const { id, storage: uri } = device
  const seen = await look(host, zone, uri)
  // Its own can be there if an earlier installation was interrupted.
  const isAnothers = seen.status === 'host data' && seen.zone !== zone.record.uuid
  if (isAnothers && !initialize) throw otherZones(zone, uri, seen.zone)
  if (made.includes(id)) return { device: id, uri, sizeBytes: seen.objectBytes - areaBytes, grows: false }
  return siteOf(zone, id, uri, seen, initialize || overwrites || seen.status === 'host data')
}

export function siteOf(
  zone: Zone,
  device: number,
  uri: string,
  seen: Seen,
  mayUseEnd: boolean,
): Site | undefined {
  if (canGrow(uri) && seen.status !== 'host data') {
    return { device, uri, sizeBytes: roundedToSector(seen.objectBytes), grows: true }
  }
  if (!seen.isUnused && !mayUseEnd) return undefined
  const sizeBytes = seen.objectBytes - areaBytes
  if (sizeBytes > 0) return { device, uri, sizeBytes, grows: false }
  throw new ZoneError(
    `zone '${zone.name}': "${uri}" has ${seen.objectBytes} bytes, which is too little for a disk`,
    {
      code: 'DISK_TOO_SMALL',
      remedy: 'Give it at least 2 MiB: the last of them holds host data',
    },
  )
}

/** What is to be known of host data that are about to be begun. */
export function plannedHostData({ record }: Zone, { device, sizeBytes }: Site): KnownHostData {
  const { generation = 0, sequence = 0 } = record.hostData ?? {}
  return { device, sizeBytes, generation: generation + 1, sequence: sequence + 1 }
}

/**
 * Begins host data: from then on the disk says that the zone is this host's.
 *
 * @returns what is to be written down of them
 */
export async function beginHostData(
  host: Host,
  zone: Zone,
  uuid: string,
  site: Site,
  planned = plannedHostData(zone, site),
): Promise<KnownHostData> {
  const { uri, sizeBytes, grows } = site
  const key = await keyFor(host, zone)
  if (grows) await resizeFile(uri, host.storage, sizeBytes + areaBytes)
  const { generation, sequence } = planned
  await at(host, zone, uri, true, async ({ store, offset }) => {
    await eraseArea(store, offset)
    const record = await newRecord(host, zone, { zone: uuid, generation, sizeBytes })
    await writeRecord(store, offset, { record, sequence }, key)
  })
  return planned
}

/**
 * Whether a record lets this host attach the zone, or forget it.
 *
 * @throws ZoneError ZONE_IN_USE
 */
export function requireFree({ identity }: Host, zone: Zone, { record }: Sequenced, takeover: boolean): void {
  if (takeover || record.state === 'detached') return
  // One that was offered to another host may run there by now.
  const isOffered = record.transit !== undefined && record.transit.to.id !== identity.id
  if (!isOffered && isOurs(identity.id, zone, record)) return
  throw inUse(zone.name, record)
}

/**
 * Leaves nothing on a boot device that says whose the zone was, if it is this host's. What cannot be reached, or is somebody
 * else's, stays.
 */
export async function eraseHostData(host: Host, zone: Zone, uri: string): Promise<void> {
  await atOwner(host, zone, uri, true, async (found, { erase }) => {
    requireFree(host, zone, found, false)
    await erase()
  })
  const { hostData } = zone.record
  // A file gets back the size that it had before room was added.
  if (canGrow(uri) && hostData !== undefined) await resizeFile(uri, host.storage, hostData.sizeBytes)
}

function otherZones(zone: Zone, uri: string, uuid: string): ZoneError {
  return new ZoneError(
    `zone '${zone.name}': "${uri}" is the boot device of the zone with uuid ${uuid}, by its host data`,
    {
      code: 'HOSTDATA_OTHER',
      remedy: `If that is this zone: zoneadm -z ${zone.name} attach. Only if nobody needs what is on it: zoneadm -z ${zone.name} install -x initialize-hostdata …`,
    },
  )
}
