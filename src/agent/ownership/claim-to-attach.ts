import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownHostData } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Host } from '../host.ts'
import { adoptImage } from '../lifecycle/adopt-image.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { atOwner } from './at-host-data.ts'
import { beginHostData, type ClaimWishes, look, requireFree, siteOf } from './claim.ts'
import { configDigest } from './config-digest.ts'
import { restState } from './hand-over-record.ts'
import { forOperator, hostDataGone, inUse, storageShrunk } from './host-data-errors.ts'
import { newRecord, nextGeneration } from './new-record.ts'
import { hostDataDevice } from './open-host-data.ts'

/** From reading a record to having written it; an attachment is nothing that is in a hurry. */
const otherWritesWithinMs = patienceMs(1_000)

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
  const device = hostDataDevice(contract)
  const uuid = zone.record.uuid ?? randomUUID()
  if (device === undefined) return { uuid, hostData: undefined }
  const { id, storage: uri } = device
  const seen = await look(host, zone, uri)
  if (seen.status === 'host data' && !initialize) return takeRecord(host, zone, { id, uri }, wishes, warn)
  const known = zone.record.hostData?.device === id ? zone.record.hostData : undefined
  const shrunk = storageShrunk(uri, seen.objectBytes, known)
  if (known !== undefined && !initialize) {
    throw forOperator(zone.name, host.layout.key(zone.name), shrunk ?? hostDataGone(uri))
  }
  const site =
    known === undefined || shrunk !== undefined
      ? siteOf(zone, id, uri, seen, initialize)
      : { device: id, uri, sizeBytes: known.sizeBytes, grows: false }
  if (site !== undefined) return { uuid, hostData: await beginHostData(host, zone, uuid, site) }
  warn(
    `"${uri}" holds data and no host data: nothing on it will say whose the zone is. If its last MiB is not in use: zoneadm -z ${zone.name} detach, then attach -x initialize-hostdata`,
  )
  return { uuid, hostData: undefined }
}

/** Takes over the record that is there, if it is this host's, or nobody's, or the operator vouches for it. */
async function takeRecord(
  host: Host,
  zone: Zone,
  { id: device, uri }: { readonly id: number; readonly uri: string },
  { takeover, discard }: AttachWishes,
  warn: (line: string) => void,
): Promise<Attached> {
  const seen = await atOwner(host, zone, uri, false, (found) => {
    requireFree(host, zone, found, takeover)
    return found
  })
  const { owner, sizeBytes, zone: uuid, timeOffsetSeconds, state } = seen.record
  await compareConfigs(host, zone, seen, warn)
  // Not while the disk is open: the image may be far away.
  const suspended = await adoptImage(host, zone, seen, { takeover, discard, warn })
  const next = { zone: uuid, generation: nextGeneration(host, seen.record), sizeBytes }
  const sequence = seen.sequence + 1
  await atOwner(host, zone, uri, true, async (found, { replace }) => {
    if (found.sequence !== seen.sequence) throw inUse(zone.name, found.record)
    const own = { ...(await newRecord(host, zone, next)), timeOffsetSeconds, ...restState(suspended) }
    await replace({ record: own, sequence }, found.key)
  })
  const hostData = { device, sizeBytes, generation: next.generation, sequence }
  const attached = { uuid, hostData, timeOffsetSeconds, suspended }
  const wasOurs = owner.id === host.identity.id && state !== 'detached'
  if (!wasOurs) await confirm(host, zone, attached, uri)
  return attached
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

/**
 * Two hosts may have read the record before either wrote it. Whoever wrote last has the zone: both look again when the other
 * must have written.
 */
async function confirm(host: Host, zone: Zone, { uuid }: Attached, uri: string): Promise<void> {
  await sleep(otherWritesWithinMs)
  const unknown = { name: zone.name, record: { ...zone.record, uuid, hostData: undefined } }
  await atOwner(host, unknown, uri, false, ({ record }) => {
    if (record.owner.id !== host.identity.id) throw inUse(zone.name, record)
  })
}
