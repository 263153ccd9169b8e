import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ZoneError } from '../../errors.ts'
import { guestBytes, type KnownHostData } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Host } from '../host.ts'
import { adoptImage, guestToKeep } from '../lifecycle/adopt-image.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { atOwner } from './at-owner.ts'
import { beginHostData } from './begin-host-data.ts'
import {
  type BootDevice,
  type ClaimWishes,
  isNeededByNobody,
  look,
  plannedHostData,
  requireFree,
  type Seen,
  type Site,
  siteAgain,
  siteOf,
} from './claim.ts'
import { configDigest } from './config-digest.ts'
import { findPlaces, findRecord, type KnownPlace } from './find-places.ts'
import { restState } from './hand-over-record.ts'
import { forOperator, hostDataGone, inUse, storageShrunk } from './host-data-errors.ts'
import { newRecord, nextGeneration } from './new-record.ts'
import { hostDataDevices } from './open-host-data.ts'
import { otherWritesWithinMs } from './own.ts'
import type { CopyPlace } from './see-copies.ts'
import { keepOpeningKey } from './zone-key.ts'

/** What a zone is found to be that is being attached, and what is to be written down of it. */
export interface Attached extends Partial<Pick<ZoneRecord, 'timeOffsetSeconds' | 'suspended'>> {
  readonly uuid: string
  readonly hostData: KnownHostData | undefined
}

export interface AttachWishes extends ClaimWishes {
  /** A suspended guest is given up. */
  readonly discard: boolean
}

/**
 * Makes a zone whose storage is filled already this host's, by the record on its boot device.
 *
 * @param warn told what the operator should know
 * @throws ZoneError ZONE_IN_USE, HOSTDATA_*, KEY_*, IMAGE_*, STORAGE_UNREACHABLE; nothing is changed then
 */
export async function claimToAttach(
  host: Host,
  zone: Zone,
  contract: Contract,
  wishes: AttachWishes,
  warn: (line: string) => void,
): Promise<Attached> {
  const { initialize } = wishes
  const devices = hostDataDevices(contract)
  const [first] = devices
  const uuid = zone.record.uuid ?? randomUUID()
  if (first === undefined)
    return { uuid, hostData: undefined, suspended: wishes.discard ? undefined : zone.record.suspended }
  const seen = new Map<BootDevice, Seen>()
  for (const device of devices) seen.set(device, await look(host, zone, device))
  const isThere = [...seen.values()].some(({ status }) => status === 'host data')
  if (isThere && !initialize) return takeRecord(host, zone, contract, wishes, warn)
  const { hostData: known } = zone.record
  if (known?.device === first.id && !initialize) {
    const why = shrunkOf(zone, first, seen.get(first)) ?? hostDataGone(first.storage)
    throw forOperator(zone.name, host.layout.key(zone.name), why)
  }
  const found = isThere ? await findRecord(host, zone, contract) : undefined
  if (found !== undefined) requireFree(host, zone, found, wishes.takeover)
  const sites = sitesToAttach(zone, seen, initialize, warn)
  const suspended = guestToKeep(host, zone, found, { discard: wishes.discard, warn })
  // A host that still runs the zone by the record that is written over can read this one, and sees that it follows.
  const begun = { uuid: found?.record.zone ?? uuid, suspended, opened: found?.key }
  const hostData = plannedHostData(zone, sites, found)
  if (hostData !== undefined) await beginHostData(host, zone, sites, { ...begun, hostData })
  return { uuid: begun.uuid, hostData, suspended }
}

/** Why a device has become too small for the host data that it had; undefined: it has not. */
function shrunkOf(
  { record }: Zone,
  { id, storage }: BootDevice,
  seen: Seen | undefined,
): ZoneError | undefined {
  return storageShrunk(storage, seen?.objectBytes ?? 0, guestBytes(record.hostData, id))
}

/** Where host data can be begun, the lead first; none if they cannot be there. */
function sitesToAttach(
  zone: Zone,
  seen: ReadonlyMap<BootDevice, Seen>,
  initialize: boolean,
  warn: (line: string) => void,
): readonly Site[] {
  const sites: Site[] = []
  for (const [device, sight] of seen) {
    const { storage: uri } = device
    const isLead = sites.length === 0
    const mayUseEnd = isNeededByNobody(sight, { isLead, initialize })
    const known = guestBytes(zone.record.hostData, device.id)
    const again =
      shrunkOf(zone, device, sight) === undefined ? siteAgain(device, sight, known, mayUseEnd) : undefined
    const site = again ?? siteOf(zone, device, sight, mayUseEnd)
    if (site !== undefined) sites.push(site)
    else warn(isLead ? noneThere(zone, uri) : noCopyThere(uri))
    if (sites.length === 0) return []
  }
  return sites
}

const noneThere = ({ name }: Zone, uri: string) =>
  `"${uri}" holds data and no host data: nothing on it will say whose the zone is. If its last MiB is not in use: zoneadm -z ${name} detach, then attach -x initialize-hostdata`

const noCopyThere = (uri: string) =>
  `"${uri}" holds data up to its end: whose the zone is will stand on its first boot device, and have no copy there`

/** Takes over the record that is there, if it is this host's, or nobody's, or the operator vouches for it. */
async function takeRecord(
  host: Host,
  zone: Zone,
  contract: Contract,
  { takeover, discard }: AttachWishes,
  warn: (line: string) => void,
): Promise<Attached> {
  const places = await findPlaces(host, zone, contract)
  const seen = await atOwner(host, zone, places, 'read', (found) => {
    requireFree(host, zone, found, takeover)
    return found
  })
  await compareConfigs(host, zone, seen, warn)
  // Not while the disk is open: the image may be far away.
  const suspended = await adoptImage(host, zone, seen, { takeover, discard, warn })
  await using undo = new AsyncDisposableStack()
  const take = (mayTake: boolean, after?: number) =>
    atOwner(host, zone, places, 'attach', async (found, { replace }): Promise<Attached> => {
      if (after !== undefined && found.sequence !== after) throw inUse(zone.name, found.record)
      requireFree(host, zone, found, mayTake)
      const { zone: uuid, timeOffsetSeconds } = found.record
      const hostData = {
        ...copiesIn(places),
        generation: nextGeneration(host, found.record),
        sequence: found.sequence + 1,
      }
      const own = {
        ...(await newRecord(host, zone, uuid, hostData)),
        timeOffsetSeconds,
        ...restState(suspended),
      }
      const forget = await keepOpeningKey(host, zone, found.key)
      if (forget !== undefined) undo.defer(forget)
      await replace({ record: own, sequence: hostData.sequence }, found.key)
      return { uuid, hostData, timeOffsetSeconds, suspended }
    })
  const attached = await take(takeover, seen.sequence)
  const wasOurs = seen.record.owner.id === host.identity.id && seen.record.state !== 'detached'
  if (!wasOurs) await confirm(host, zone, attached, places)
  // Of two hosts the one that lost may have written the other copies last.
  const confirmed = wasOurs || places.length === 1 ? attached : await take(false)
  undo.move()
  return confirmed
}

/** What the guest sees may differ from what it saw so far: that is the operator's to know, and no reason to refuse. */
async function compareConfigs(
  host: Host,
  zone: Zone,
  { record: { owner, configDigest: there } }: Sequenced,
  warn: (line: string) => void,
): Promise<void> {
  if (there === undefined || there === (await configDigest(host, zone))) return
  warn(`The configuration here is not the one that host ${owner.name} had for the zone.`)
}

/** What is to be known of the devices with host data. */
function copiesIn(places: readonly KnownPlace[]): Pick<KnownHostData, 'device' | 'sizeBytes' | 'replicas'> {
  const [lead, ...replicas] = places.map(({ device, sizeBytes }) => ({ device, sizeBytes }))
  if (lead === undefined) throw new Error('There is no lead')
  return { ...lead, ...(replicas.length === 0 ? {} : { replicas }) }
}

/**
 * Two hosts may have read the record before either wrote it. Whoever wrote last has the zone: both look again when the other
 * must have written.
 */
async function confirm(
  host: Host,
  zone: Zone,
  { uuid }: Attached,
  places: readonly CopyPlace[],
): Promise<void> {
  await sleep(otherWritesWithinMs)
  const unknown = { name: zone.name, record: { ...zone.record, uuid, hostData: undefined } }
  await atOwner(host, unknown, places, 'read', ({ record }) => {
    if (record.owner.id !== host.identity.id) throw inUse(zone.name, record)
  })
}
