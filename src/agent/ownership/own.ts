import { setTimeout as sleep } from 'node:timers/promises'
import {
  copiesOf,
  type DeviceCopy,
  guestBytes,
  type KnownHostData,
  type OwnerRecord,
} from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import { patienceMs } from '../../util/test-patience.ts'
import { Turns } from '../../util/turns.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at, findArea } from './at-host-data.ts'
import { atOwner, type Missed } from './at-owner.ts'
import { forOperator, hostDataGone, inUse, isVerdict, reasonOf } from './host-data-errors.ts'
import { newRecord, nextGeneration } from './new-record.ts'
import { wholeSectors } from './open-host-data.ts'
import { openRecord } from './open-record.ts'
import type { CopyPlace } from './see-copies.ts'
import { sealedKeys } from './zone-key.ts'

/** From reading a record to having written it: whoever else read it at the same moment has written by then. */
export const otherWritesWithinMs = patienceMs(1_000)

/** One at a time for each zone: the sequence of its records goes on by one. */
export const turns = new Turns<Zone>()

/**
 * Where the host data of a zone are, if it has any, the lead first: as its machine has the disks, or as they are configured.
 *
 * @throws ZoneError HOSTDATA_MISSING: only the lead is not there
 */
export async function ownerPlaces(host: Host, zone: Zone): Promise<readonly CopyPlace[]> {
  const { hostData } = zone.record
  if (hostData === undefined) return []
  const disks = zone.running?.machine.spec.disks ?? []
  const { devices } = await host.registry.contract(zone.name)
  const places = copiesOf(hostData).flatMap(({ device, sizeBytes }) => {
    const uri = [...disks, ...devices].find(({ id }) => id === device)?.storage
    return uri === undefined ? [] : [{ device, uri, sizeBytes }]
  })
  // The others say what the lead has said: without it nobody knows whether it says the same by now.
  if (places.length > 0 && places[0]?.device !== hostData.device) {
    throw forOperator(zone.name, host.layout.key(zone.name), hostDataGone(`device ${hostData.device}`))
  }
  return places
}

/**
 * The owner record of a zone; undefined: it has no host data.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function readOwner(host: Host, zone: Zone): Promise<OwnerRecord | undefined> {
  return turns.take(zone, async () => {
    const places = await ownerPlaces(host, zone)
    if (places.length === 0) return undefined
    return atOwner(host, zone, places, 'read', ({ record }) => record)
  })
}

/**
 * What another host has written on the boot device of a zone in place of its record, with the zone's key: host data that it has
 * begun for a zone of another uuid. What no key of the zone opens says nothing: it may be damaged.
 *
 * @returns undefined: this host has written it, or it is of the zone itself
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function readForeign(host: Host, zone: Zone): Promise<OwnerRecord | undefined> {
  return turns.take(zone, async () => {
    const [lead] = await ownerPlaces(host, zone)
    if (lead === undefined) return undefined
    const keys = await sealedKeys(host, zone)
    const { record } = await at(host, zone, lead.uri, false, async (place) => {
      const { area } = await findArea(place, lead.sizeBytes)
      return openRecord({ uuid: null, device: lead.device, place: lead.uri }, area, keys)
    })
    const isOfZone = record.zone === zone.record.uuid
    return isOfZone || record.owner.id === host.identity.id ? undefined : record
  })
}

/** What of a record changes; its generation is one more where its owner changes. */
export type Change = Pick<OwnerRecord, 'state'> & Partial<Pick<OwnerRecord, 'transit' | 'image'>>

export interface WriteOptions {
  /** It must be this host's already, or that of the host with this id. */
  readonly from?: string | undefined
  /** The guest is to see what the storage was enlarged by. */
  readonly grow?: boolean
  /** Looks again a second later if the record gave the zone to another host as well: both may just have read it. */
  readonly confirm?: boolean
  /** Each copy has to be written; else those beside the lead are as far as they can be. */
  readonly all?: boolean
}

/**
 * Writes into a zone's owner record that it is this host's, and what else is to be in it. Does nothing for a zone without host
 * data.
 *
 * @returns the copies beside the lead that could not be written: the next look does it
 * @throws ZoneError ZONE_IN_USE, HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function writeOwner(
  host: Host,
  zone: Zone,
  change: Change,
  { from, grow = false, all = false, confirm = false }: WriteOptions = {},
): Promise<Missed> {
  return turns.take(zone, async () => {
    // The disk that it uses may be another by now, whose record would seem to be an old one after this.
    if (zone.unsettledMove !== undefined) return []
    const places = await ownerPlaces(host, zone)
    const { hostData } = zone.record
    if (places.length === 0 || hostData === undefined) return []
    let isContested = false
    const missed = await atOwner(
      host,
      zone,
      places,
      all ? 'write all' : 'write',
      async (found, { ends, replace }) => {
        isContested = found.record.transit !== undefined
        if (found.record.owner.id !== from) requireOurs(host, zone, found)
        const generation = nextGeneration(host, found.record)
        const sequence = found.sequence + 1
        const known = { ...(grow ? grown(hostData, ends) : hostData), generation, sequence }
        const record = { ...(await newRecord(host, zone, found.record.zone, known)), ...change }
        const missed = await replace({ record, sequence }, found.key)
        const isOwed = missed.length > 0 && change.state !== 'detached'
        // On a full disk the host goes on with what it knew: an older number is no harm.
        await host.registry
          .update(zone, { hostData: known, unclaimed: isOwed ? true : undefined })
          .catch((error: Error) =>
            host.log(`zone '${zone.name}': what its host data say cannot be noted here: ${error.message}`),
          )
        tellGrown(host, zone, hostData, known)
        return missed
      },
    )
    if (confirm && isContested) {
      await sleep(otherWritesWithinMs)
      await atOwner(host, zone, places, 'read', (found) => requireOurs(host, zone, found))
    }
    return missed
  })
}

/** What is known of host data on devices of which the guest is shown all by now. */
function grown(hostData: KnownHostData, ends: ReadonlyMap<number, number>): KnownHostData {
  const shown = <T extends DeviceCopy>(copy: T) => ({
    ...copy,
    sizeBytes: Math.max(copy.sizeBytes, wholeSectors(ends.get(copy.device) ?? 0)),
  })
  const { replicas } = hostData
  return { ...shown(hostData), ...(replicas === undefined ? {} : { replicas: replicas.map(shown) }) }
}

function tellGrown({ log }: Host, { name }: Zone, before: KnownHostData, now: KnownHostData): void {
  for (const { device, sizeBytes } of copiesOf(now)) {
    if (sizeBytes === guestBytes(before, device)) continue
    const which = device === now.device ? 'its boot device' : `its boot device ${device}`
    log(`zone '${name}': ${which} has grown to ${sizeBytes} bytes`)
  }
}

/** Says of which copies beside the lead a record is missing. */
export function tellMissed({ log }: Host, { name }: Pick<Zone, 'name'>, missed: Missed): void {
  for (const { message } of missed) log(`zone '${name}': a copy of its host data was not written: ${message}`)
}

/**
 * Notes on the disk what has become of a zone that is this host's, for whoever reads it. It is not waited for long, and that it
 * cannot be written keeps nobody from anything.
 */
export async function noteOwner(host: Host, zone: Zone, change: Change): Promise<void> {
  try {
    tellMissed(host, zone, await writeOwner(host, zone, change))
  } catch (error) {
    const { message } = error as Error
    host.log(`zone '${zone.name}': its host data do not say that it is ${change.state}: ${message}`)
  }
}

/**
 * What has to be before a zone is started here. If somebody else has it, or that cannot be known for sure, it is `unavailable`
 * from then on.
 *
 * @throws as `writeOwner()`
 */
export async function requireOwned(
  host: Host,
  zone: Zone,
  state: OwnerRecord['state'],
  options: Pick<WriteOptions, 'grow'> = {},
): Promise<void> {
  await orUnavailable(host, zone, () =>
    writeOwner(host, zone, { state }, { ...options, all: true, confirm: true }),
  )
}

/**
 * The same before anything is said of what would be started, and without writing: storage that does not answer is no reason here.
 *
 * @throws ZoneError ZONE_IN_USE, HOSTDATA_*, KEY_*
 */
export async function requireNotTaken(host: Host, zone: Zone): Promise<void> {
  await orUnavailable(host, zone, async () => {
    const record = await readOwner(host, zone).catch((error: unknown) => {
      if (isVerdict(error)) throw error
      return undefined
    })
    if (record !== undefined) requireOurs(host, zone, { record })
  })
}

async function orUnavailable(host: Host, zone: Zone, look: () => Promise<unknown>): Promise<void> {
  try {
    await look()
  } catch (error) {
    if (isVerdict(error)) {
      await host.registry.update(zone, { state: 'unavailable', reason: reasonOf(error, zone.name) })
    }
    throw error
  }
}

/**
 * Whether a record lets this host have the zone: it names it, or gives it to the migration by which the zone has come here.
 *
 * @throws ZoneError ZONE_IN_USE
 */
export function requireOurs({ identity }: Host, zone: Zone, { record }: Pick<Sequenced, 'record'>): void {
  if (isOurs(identity.id, zone, record)) return
  throw inUse(zone.name, record)
}

export function isOurs(
  hostId: string,
  { record: { arrival } }: Zone,
  { owner, transit }: OwnerRecord,
): boolean {
  if (owner.id === hostId) return true
  return transit !== undefined && transit.to.id === hostId && transit.ticket === arrival
}
