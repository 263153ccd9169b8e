import { ZoneError } from '../../errors.ts'
import { type AreaSight, areaBytes, hasRemains, lookAtArea } from '../../hostdata/owner-record/area.ts'
import { guestBytes, type KnownHostData } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at, findArea } from './at-host-data.ts'
import { atOwner, type Missed } from './at-owner.ts'
import { findRecord } from './find-places.ts'
import { anotherZones, inUse } from './host-data-errors.ts'
import { canGrow, hostDataDevices, resizeFile, roundedToSector } from './open-host-data.ts'
import { isOurs, ownerPlaces } from './own.ts'

/** What the operator vouches for. */
export interface ClaimWishes {
  /** Whatever is at the end of the first boot device is needed by nobody, and host data on the others neither: new host data are begun there. */
  readonly initialize: boolean
  /** Nobody else runs the zone, whatever its record says. */
  readonly takeover: boolean
}

export const noWishes: ClaimWishes = { initialize: false, takeover: false }

/** A device on which a zone will have its host data. */
export interface Site {
  readonly device: number
  readonly uri: string
  /** What the guest will see of the device, in bytes. */
  readonly sizeBytes: number
  /** Room is to be added behind what is there. */
  readonly grows: boolean
}

/** A boot device that can have host data. */
export interface BootDevice {
  readonly id: number
  readonly storage: string
}

export type Seen = AreaSight & {
  readonly objectBytes: number
  /** Something of host data is there, if only damaged. */
  readonly hasRemains: boolean
  /** Nothing is where a disk in use has something: not at its beginning, not at its end. */
  readonly isUnused: boolean
}

const sampleBytes = 1024 ** 2

/** What is at the end of a device; nothing is changed, and no key is needed. */
export function look(host: Host, zone: Zone, { id, storage: uri }: BootDevice): Promise<Seen> {
  return at(host, zone, uri, false, async (place) => {
    const { store, sizeBytes, offset } = place
    const { area } = await findArea(place, guestBytes(zone.record.hostData, id))
    const sight = lookAtArea(area)
    const head = await store.read(0, Math.min(sampleBytes, offset))
    return {
      ...sight,
      objectBytes: sizeBytes,
      hasRemains: hasRemains(area),
      isUnused: sight.status === 'blank' && head.every((byte) => byte === 0),
    }
  })
}

/**
 * Finds the places for the host data of a zone that is being installed, the lead first. Changes nothing.
 *
 * @param made ids of the devices whose storage was made for this, with room for them
 * @param overwrites whether what is on a disk is written over anyway
 * @returns none if the first disk may be in use up to its end; without those of which that is so
 * @throws ZoneError HOSTDATA_OTHER, ZONE_IN_USE, STORAGE_UNREACHABLE, DISK_TOO_SMALL
 */
export async function sitesToInstall(
  host: Host,
  zone: Zone,
  contract: Contract,
  {
    made,
    overwrites,
    initialize,
  }: {
    readonly made: readonly number[]
    readonly overwrites: (device: number) => boolean
    readonly initialize: boolean
  },
): Promise<readonly Site[]> {
  const sites: Site[] = []
  const devices = hostDataDevices(contract)
  let found: Sequenced | undefined
  for (const device of devices) {
    const { id, storage: uri } = device
    const seen = await look(host, zone, device)
    if (seen.status === 'host data') found ??= await findRecord(host, zone, contract)
    // Its own can be there if an earlier installation was interrupted. What does not open may be another host's by now.
    const isAnothers = seen.status === 'host data' && (seen.zone !== zone.record.uuid || found === undefined)
    if (isAnothers && !initialize) {
      throw anotherZones(
        zone.name,
        uri,
        seen.zone,
        `If that is this zone: zoneadm -z ${zone.name} attach. Only if nobody needs what is on it: zoneadm -z ${zone.name} install -x initialize-hostdata …`,
      )
    }
    if (found !== undefined) requireFree(host, zone, found, false)
    const mayUseEnd = overwrites(id) || isNeededByNobody(seen, { isLead: device === devices[0], initialize })
    const site = made.includes(id)
      ? { device: id, uri, sizeBytes: seen.objectBytes - areaBytes, grows: false }
      : siteOf(zone, device, seen, mayUseEnd)
    if (site !== undefined) sites.push(site)
    else if (device === devices[0]) return []
  }
  return sites
}

/** The operator's word is for the first boot device; on another one only host data are needed by nobody for sure. */
export function isNeededByNobody(
  seen: Seen,
  { isLead, initialize }: { readonly isLead: boolean; readonly initialize: boolean },
): boolean {
  return seen.hasRemains || (isLead && initialize)
}

/**
 * Where a device had host data, as its guest knows its size; undefined: they cannot be there again.
 *
 * @param sizeBytes what the guest sees of it
 */
export function siteAgain(
  { id: device, storage: uri }: BootDevice,
  { status, objectBytes }: Seen,
  sizeBytes: number | undefined,
  mayUseEnd: boolean,
): Site | undefined {
  if (sizeBytes === undefined || (status !== 'blank' && !mayUseEnd)) return undefined
  const fits = objectBytes - areaBytes >= sizeBytes
  return fits || canGrow(uri) ? { device, uri, sizeBytes, grows: !fits } : undefined
}

export function siteOf(
  zone: Zone,
  { id: device, storage: uri }: BootDevice,
  seen: Seen,
  mayUseEnd: boolean,
): Site | undefined {
  const begun = zone.record.begun?.find((each) => each.uri === uri)
  // Room that an interrupted beginning has made is not made again: the guest would see it.
  if (begun !== undefined && hasRoomFor(begun, seen)) return { device, ...begun, grows: false }
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

const hasRoomFor = ({ sizeBytes }: { readonly sizeBytes: number }, seen: Seen) =>
  seen.objectBytes === sizeBytes + areaBytes && (seen.status === 'blank' || seen.hasRemains)

/**
 * What is to be known of host data that are about to be begun; undefined: the zone gets none.
 *
 * @param found the record that is written over, as far as it can be opened
 */
export function plannedHostData(
  { record }: Zone,
  [lead, ...replicas]: readonly Site[],
  found?: Sequenced,
): KnownHostData | undefined {
  if (lead === undefined) return undefined
  const { generation = 0, sequence = 0 } =
    found === undefined ? (record.hostData ?? {}) : { ...found.record, sequence: found.sequence }
  const copyOf = ({ device, sizeBytes }: Site) => ({ device, sizeBytes })
  return {
    ...copyOf(lead),
    generation: generation + 1,
    sequence: sequence + 1,
    ...(replicas.length === 0 ? {} : { replicas: replicas.map(copyOf) }),
  }
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
 * Leaves nothing on the boot devices that says whose the zone was, if it is this host's. What cannot be reached, or is somebody
 * else's, stays.
 *
 * @returns why it stays on a copy beside the lead
 */
export async function eraseHostData(host: Host, zone: Zone): Promise<Missed> {
  const places = await ownerPlaces(host, zone)
  if (places.length === 0) return []
  return atOwner(host, zone, places, 'write', async (found, { ends, erase }) => {
    requireFree(host, zone, found, false)
    const missed = await erase()
    for (const { device, uri, sizeBytes } of places) {
      // A file gets back the size that it had before room was added.
      if (ends.has(device) && canGrow(uri) && sizeBytes !== undefined)
        await resizeFile(uri, host.storage, sizeBytes)
    }
    return missed
  })
}
