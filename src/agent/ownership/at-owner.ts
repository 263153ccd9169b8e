import { ZoneError } from '../../errors.ts'
import { eraseArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import { onDevice } from '../../hostdata/owner-record/owner-record.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { at } from './at-host-data.ts'
import type { HostDataPlace } from './open-host-data.ts'
import type { OpenRecord } from './open-record.ts'
import {
  asReplica,
  type CopyPlace,
  isLost,
  recordThatHolds,
  type SeenCopy,
  seeCopy,
  whyNotWritten,
} from './see-copies.ts'
import { sealedKeys } from './zone-key.ts'

/**
 * What is done with an owner record. `write`: a copy beside the lead that cannot be written is passed over; `write all`: it is
 * refused, before anything is written; `attach`: the same, and what is blank is written anew.
 */
export type Access = 'read' | 'write' | 'write all' | 'attach'

/** Of a copy that could not be reached or must not be written: why. */
export type Missed = readonly ZoneError[]

/** The copies of an owner record, to be written. */
export interface OwnerPlace {
  /** Where host data begin on each device by now, in bytes. */
  readonly ends: ReadonlyMap<number, number>
  /**
   * Writes a record after the one that was found, at the end of each device as it is now, and waits until it is on the storage
   * itself: on the lead first.
   */
  readonly replace: (next: Sequenced, key: Uint8Array) => Promise<Missed>
  /** Leaves nothing of any record: on the lead last, which says until then whose they are. */
  readonly erase: () => Promise<Missed>
}

type Named = Pick<Zone, 'name' | 'record'>

/**
 * Works on the owner record of a zone, opened with the keys that this host has of it.
 *
 * @param places the lead first
 * @throws ZoneError HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE; what the work throws
 */
export async function atOwner<T>(
  host: Host,
  zone: Named,
  [lead, ...others]: readonly CopyPlace[],
  access: Access,
  work: (found: OpenRecord, place: OwnerPlace) => Promise<T> | T,
): Promise<T> {
  if (lead === undefined) throw new Error(`Zone ${zone.name} has no host data`)
  const keys = await sealedKeys(host, zone)
  const least = zone.record.hostData?.sequence
  // Before the lead, which everybody writes first: so none is found ahead of it only because it was just being written.
  const early = access === 'read' ? undefined : await seeReplicas(host, zone, others, keys, access)
  return at(host, zone, lead.uri, access !== 'read', async (place) => {
    const seen = await seeCopy(zone, lead, place, keys)
    const replicas =
      early ??
      (isLost(seen) || seen.isWorn ? await seeReplicas(host, zone, others, keys, access) : noReplicas)
    const found = recordThatHolds(seen, replicas.seen, least)
    if (access !== 'read') requireWritable(zone, seen, access)
    const each = (put: (place: HostDataPlace, copy: SeenCopy) => Promise<void>) =>
      atEach(host, zone, replicas, access, put)
    return work(found, {
      ends: new Map([seen, ...replicas.writable].map(({ device, offset }) => [device, offset])),
      async replace(next, key) {
        await put(place, seen, next, key)
        return each((where, copy) => put(where, copy, next, key))
      },
      async erase() {
        const missed = await each(wipe)
        await wipe(place, seen)
        return missed
      },
    })
  })
}

interface Replicas {
  readonly seen: readonly SeenCopy[]
  readonly writable: readonly SeenCopy[]
  readonly missed: Missed
}

const noReplicas: Replicas = { seen: [], writable: [], missed: [] }

/** Looks at the copies beside the lead. What cannot be used is refused, or passed over where that is allowed. */
async function seeReplicas(
  host: Host,
  zone: Named,
  places: readonly CopyPlace[],
  keys: readonly Buffer[],
  access: Access,
): Promise<Replicas> {
  const seen: SeenCopy[] = []
  const writable: SeenCopy[] = []
  const missed: ZoneError[] = []
  for (const copy of places) {
    const look = async (place: HostDataPlace) => {
      const found = asReplica(await seeCopy(zone, copy, place, keys))
      seen.push(found)
      if (access !== 'read') requireWritable(zone, found, access)
      return found
    }
    try {
      writable.push(await atReplica(host, zone, copy.uri, access !== 'read', look))
    } catch (error) {
      missed.push(passedOver(error, access))
    }
  }
  return { seen, writable, missed }
}

/** Does the same with each of them, one after the other. */
async function atEach(
  host: Host,
  zone: Named,
  { writable, missed: before }: Replicas,
  access: Access,
  work: (place: HostDataPlace, copy: SeenCopy) => Promise<void>,
): Promise<Missed> {
  const missed = [...before]
  for (const copy of writable) {
    await atReplica(host, zone, copy.uri, true, (place) => work(place, copy)).catch((error: unknown) =>
      missed.push(passedOver(error, access)),
    )
  }
  return missed
}

function atReplica<T>(
  host: Host,
  zone: Named,
  uri: string,
  writable: boolean,
  work: (place: HostDataPlace) => Promise<T>,
): Promise<T> {
  return at(host, zone, uri, writable, work, host.layout.replicaSocket(zone.name))
}

/** @throws what was thrown, unless that may be passed over */
function passedOver(error: unknown, access: Access): ZoneError {
  if (!(error instanceof ZoneError) || access === 'write all' || access === 'attach') throw error
  return error
}

/** @throws ZoneError HOSTDATA_* */
function requireWritable({ name }: Named, copy: SeenCopy, access: Access): void {
  const why = whyNotWritten(name, copy, access === 'attach')
  if (why !== undefined) throw why
}

async function put(
  { store, offset }: HostDataPlace,
  { device, former }: SeenCopy,
  { record, sequence }: Sequenced,
  key: Uint8Array,
): Promise<void> {
  await writeRecord(store, offset, { record: onDevice(record, device), sequence }, key)
  // Only now: until then it was the one that held.
  if (former !== undefined) await eraseArea(store, former, offset)
}

async function wipe({ store, offset }: HostDataPlace, { former }: SeenCopy): Promise<void> {
  if (former !== undefined) await eraseArea(store, former, offset)
  await eraseArea(store, offset)
}
