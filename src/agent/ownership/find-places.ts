import type { DeviceCopy } from '../../hostdata/owner-record/owner-record.ts'
import { guestBytes } from '../../hostdata/owner-record/owner-record.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at } from './at-host-data.ts'
import { atOwner } from './at-owner.ts'
import { forOperator, hostDataGone, isVerdict } from './host-data-errors.ts'
import { hostDataDevices } from './open-host-data.ts'
import type { OpenRecord } from './open-record.ts'
import { asReplica, type CopyPlace, isLost, type SeenCopy, seeCopy } from './see-copies.ts'
import { sealedKeys } from './zone-key.ts'

/** A device that has a copy of a zone's owner record, or is to have it. */
export type KnownPlace = CopyPlace & DeviceCopy

/**
 * Where the copies of a zone's owner record are, the lead first: by what stands on its boot devices, since another host may have
 * begun them anew, or this host does not know the zone at all.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function findPlaces(host: Host, zone: Zone, contract: Contract): Promise<readonly KnownPlace[]> {
  const { device, sizeBytes, copies } = await newestRecord(host, zone, contract)
  const places = (copies ?? [{ device, sizeBytes }]).flatMap((copy) => {
    const uri = contract.devices.find(({ id }) => id === copy.device)?.storage
    return uri === undefined ? [] : [{ ...copy, uri }]
  })
  const lead = copies?.[0]?.device ?? device
  if (places[0]?.device === lead) return places
  // What the others say is not known to be the last word.
  throw forOperator(zone.name, host.layout.key(zone.name), hostDataGone(`device ${lead}`))
}

/**
 * The record that is about to be written over, if it can be opened: whoever has the zone by it is not passed over.
 *
 * @returns undefined: there is none, or what is there cannot be used
 * @throws ZoneError STORAGE_UNREACHABLE, KEYSOURCE_UNREACHABLE: that is not known
 */
export async function findRecord(
  host: Host,
  zone: Zone,
  contract: Contract,
): Promise<OpenRecord | undefined> {
  try {
    return await atOwner(host, zone, await findPlaces(host, zone, contract), 'read', (found) => found)
  } catch (error) {
    if (isVerdict(error)) return undefined
    throw error
  }
}

async function newestRecord(host: Host, zone: Zone, contract: Contract) {
  const [first, ...others] = await seeBootDevices(host, zone, contract)
  if (first === undefined) throw new Error(`Zone ${zone.name} has no device for host data`)
  if (first.trouble !== undefined && !isLost(first))
    throw forOperator(zone.name, host.layout.key(zone.name), first.trouble)
  const uuid = first.found?.record.zone
  const replicas = others
    .map(asReplica)
    .filter(({ found }) => uuid === undefined || found === undefined || found.record.zone === uuid)
  const [newest] = [first, ...replicas]
    .filter(({ found }) => found !== undefined)
    .toSorted((a, b) => b.sequence - a.sequence)
  if (newest?.found !== undefined) return { ...newest.found.record, device: newest.device }
  const worst = replicas.find((copy) => copy.trouble !== undefined && !isLost(copy)) ?? first
  throw forOperator(zone.name, host.layout.key(zone.name), worst.trouble)
}

/** That which this host knows as the lead first, else the first to boot from. */
async function seeBootDevices(host: Host, zone: Zone, contract: Contract): Promise<SeenCopy[]> {
  const { hostData } = zone.record
  const keys = await sealedKeys(host, zone)
  const devices = hostDataDevices(contract)
  const isLead = ({ id }: { readonly id: number }) => id === hostData?.device
  const seen: SeenCopy[] = []
  for (const { id, storage: uri } of [
    ...devices.filter(isLead),
    ...devices.filter((each) => !isLead(each)),
  ]) {
    const copy = { device: id, uri, sizeBytes: guestBytes(hostData, id) }
    seen.push(await at(host, zone, uri, false, (place) => seeCopy(zone, copy, place, keys)))
  }
  return seen
}
