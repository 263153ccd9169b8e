import { copiesOf, type KnownHostData, type OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { configDigest } from './config-digest.ts'

/** One more where this host is not the owner yet. */
export const nextGeneration = ({ identity }: Host, { generation, owner }: OwnerRecord): number =>
  owner.id === identity.id ? generation : generation + 1

/** A record that says that the zone is this host's from now on, as it is on the lead. */
export async function newRecord(
  host: Host,
  zone: Zone,
  uuid: string,
  known: Omit<KnownHostData, 'sequence'>,
): Promise<OwnerRecord> {
  const { timeOffsetSeconds } = zone.record
  const digest = await configDigest(host, zone)
  return {
    schema: 1,
    zone: uuid,
    generation: known.generation,
    sizeBytes: known.sizeBytes,
    // Of one copy alone there is nothing to tell apart.
    ...(known.replicas === undefined ? {} : { device: known.device, copies: [...copiesOf(known)] }),
    name: zone.name,
    owner: { id: host.identity.id, name: host.identity.name },
    state: 'installed',
    updatedAt: new Date().toISOString(),
    ...(timeOffsetSeconds === undefined ? {} : { timeOffsetSeconds }),
    ...(digest === undefined ? {} : { configDigest: digest }),
  }
}
