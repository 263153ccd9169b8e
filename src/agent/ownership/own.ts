import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import { Turns } from '../../util/turns.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { atOwner } from './at-host-data.ts'
import { inUse, isVerdict, reasonOf } from './host-data-errors.ts'
import { newRecord, nextGeneration } from './new-record.ts'
import { wholeSectors } from './open-host-data.ts'

/** One at a time for each zone: the sequence of its records goes on by one. */
export const turns = new Turns<Zone>()

/** Where the host data of a zone are, if it has any: as its machine has the disk, or as it is configured. */
export async function hostDataUri(host: Host, zone: Zone): Promise<string | undefined> {
  const { hostData } = zone.record
  if (hostData === undefined) return undefined
  const booted = zone.running?.machine.spec.disks.find(({ id }) => id === hostData.device)
  if (booted !== undefined) return booted.storage
  const { devices } = await host.registry.contract(zone.name)
  return devices.find(({ id }) => id === hostData.device)?.storage
}

/**
 * The owner record of a zone; undefined: it has no host data.
 *
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function readOwner(host: Host, zone: Zone): Promise<OwnerRecord | undefined> {
  return turns.take(zone, async () => {
    const uri = await hostDataUri(host, zone)
    if (uri === undefined) return undefined
    return atOwner(host, zone, uri, false, ({ record }) => record)
  })
}

/** What of a record changes; its generation is one more where its owner changes. */
export type Change = Pick<OwnerRecord, 'state'> & Partial<Pick<OwnerRecord, 'transit' | 'image'>>

export interface WriteOptions {
  /** It must be this host's already; else it is taken over whoever has it. True by default. */
  readonly require?: boolean
  /** The guest is to see what the storage was enlarged by. */
  readonly grow?: boolean
}

/**
 * Writes into a zone's owner record that it is this host's, and what else is to be in it. Does nothing for a zone without host
 * data.
 *
 * @throws ZoneError ZONE_IN_USE, HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function writeOwner(
  host: Host,
  zone: Zone,
  change: Change,
  { require = true, grow = false }: WriteOptions = {},
): Promise<void> {
  await turns.take(zone, async () => {
    const uri = await hostDataUri(host, zone)
    const { hostData } = zone.record
    if (uri === undefined || hostData === undefined) return
    await atOwner(host, zone, uri, true, async (found, { offset, replace }) => {
      if (require) requireOurs(host, zone, found)
      const { zone: uuid } = found.record
      const generation = nextGeneration(host, found.record)
      const sizeBytes = grow ? Math.max(hostData.sizeBytes, wholeSectors(offset)) : hostData.sizeBytes
      const record = { ...(await newRecord(host, zone, { zone: uuid, generation, sizeBytes })), ...change }
      const sequence = found.sequence + 1
      await replace({ record, sequence }, found.key)
      const known = { ...hostData, sizeBytes, generation: record.generation, sequence }
      // On a full disk the host goes on with what it knew: an older number is no harm.
      await host.registry
        .update(zone, { hostData: known, unclaimed: undefined })
        .catch((error: Error) =>
          host.log(`zone '${zone.name}': what its host data say cannot be noted here: ${error.message}`),
        )
      if (sizeBytes > hostData.sizeBytes)
        host.log(`zone '${zone.name}': its boot device has grown to ${sizeBytes} bytes`)
    })
  })
}

/**
 * Notes on the disk what has become of a zone that is this host's, for whoever reads it. It is not waited for long, and that it
 * cannot be written keeps nobody from anything.
 */
export async function noteOwner(host: Host, zone: Zone, change: Change): Promise<void> {
  await writeOwner(host, zone, change).catch((error: Error) =>
    host.log(`zone '${zone.name}': its host data do not say that it is ${change.state}: ${error.message}`),
  )
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
  try {
    await writeOwner(host, zone, { state }, options)
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
