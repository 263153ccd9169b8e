import { ZoneError } from '../../errors.ts'
import { hasRemains, hostDataError, isPartlyDamaged, lookAtArea } from '../../hostdata/owner-record/area.ts'
import { onDevice } from '../../hostdata/owner-record/owner-record.ts'
import type { Zone } from '../zone.ts'
import { findArea } from './at-host-data.ts'
import { notThere, storageShrunk } from './host-data-errors.ts'
import type { HostDataPlace } from './open-host-data.ts'
import { type OpenRecord, openRecord } from './open-record.ts'

/** A device with a copy of a zone's owner record, or that could have one. */
export interface CopyPlace {
  readonly device: number
  readonly uri: string
  /** What the guest sees of it, in bytes; undefined: that is not known. */
  readonly sizeBytes: number | undefined
}

/** What was found there. */
export interface SeenCopy extends CopyPlace {
  /** Where it is to be written, in bytes, and where it was found if the storage was made larger since. */
  readonly offset: number
  readonly former: number | undefined
  /** `host data`: also such as are damaged. `data`: it is in use for something else. */
  readonly held: 'blank' | 'data' | 'host data'
  /** One slot at least is damaged: it may have been the newest. */
  readonly isWorn: boolean
  /** Number of the newest record that is there, also if no key opens it; 0: none is whole. */
  readonly sequence: number
  readonly found?: OpenRecord
  /** Why there is no record. */
  readonly trouble?: ZoneError
}

/** Looks at one copy of a zone's owner record. */
export async function seeCopy(
  { record }: Pick<Zone, 'record'>,
  copy: CopyPlace,
  place: HostDataPlace,
  keys: readonly Buffer[],
): Promise<SeenCopy> {
  const { area, former } = await findArea(place, copy.sizeBytes)
  const sight = lookAtArea(area)
  const held = sight.status === 'data' && hasRemains(area) ? 'host data' : sight.status
  const seen = { ...copy, offset: place.offset, former, held, isWorn: isPartlyDamaged(area) } as const
  try {
    const expected = { uuid: record.uuid, device: copy.device, place: copy.uri }
    requireRoom(copy.uri, place, sight.status === 'host data' ? undefined : copy.sizeBytes)
    const found = openRecord(expected, area, keys)
    // Of two copies one can be seen where the other belongs; what is written after it would be over the guest's data.
    requireRoom(copy.uri, place, found.record.sizeBytes)
    return { ...seen, found, sequence: found.sequence }
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    return { ...seen, trouble: error, sequence: sight.status === 'host data' ? sight.sequence : 0 }
  }
}

/** @throws ZoneError HOSTDATA_SHRUNK */
function requireRoom(uri: string, { sizeBytes }: HostDataPlace, guestBytes: number | undefined): void {
  const shrunk = storageShrunk(uri, sizeBytes, guestBytes)
  if (shrunk !== undefined) throw shrunk
}

/** A record that has no place of its own is that of another zone's only boot device, or of this one's at another time. */
export function asReplica(seen: SeenCopy): SeenCopy {
  const { found, ...rest } = seen
  if (found === undefined || found.record.device !== undefined) return seen
  const { name, zone } = found.record
  const what = `they are those of the boot device of zone '${name}' with uuid ${zone}`
  return { ...rest, trouble: hostDataError('HOSTDATA_OTHER', seen.uri, what) }
}

/** Nothing can be read there, and nothing says that it is something else. */
export function isLost({ trouble }: SeenCopy): boolean {
  return trouble?.code === 'HOSTDATA_DAMAGED' || trouble?.code === 'HOSTDATA_MISSING'
}

/**
 * The record that holds, as it is on the lead: that of the lead, and where it is damaged there the newest of the others. They
 * are written after the lead: one that is ahead of a whole one tells that the lead was set back.
 *
 * @param least number of the last record that this host has seen
 * @throws ZoneError HOSTDATA_*, KEY_WRONG
 */
export function recordThatHolds(lead: SeenCopy, replicas: readonly SeenCopy[], least = 0): OpenRecord {
  const { found, trouble } = lead
  if (trouble !== undefined && !isLost(lead)) throw trouble
  const [newest] = replicas
    .filter((copy) => copy.found !== undefined || copy.trouble?.code === 'KEY_WRONG')
    .toSorted((a, b) => b.sequence - a.sequence)
  for (const copy of replicas) requireSameZone(copy, found ?? newest?.found)
  const holds = found !== undefined && (newest?.sequence ?? 0) <= found.sequence ? lead : newest
  if (holds === undefined) throw trouble
  // Somebody with another key has written since.
  if (holds.found === undefined) throw holds.trouble
  if (found !== undefined && holds !== lead && !lead.isWorn) {
    throw setBack(lead, found, `"${holds.uri}" has number ${holds.sequence}`)
  }
  if (holds.sequence === least - 1 && holds.isWorn) throw newestDamaged(holds, holds.found, least)
  if (holds.sequence < least) throw setBack(holds, holds.found, `number ${least} was seen`)
  return { ...holds.found, record: onDevice(holds.found.record, lead.device) }
}

function requireSameZone({ found, uri }: SeenCopy, holds: OpenRecord | undefined): void {
  if (found === undefined || holds === undefined || found.record.zone === holds.record.zone) return
  const what = `they are those of the zone with uuid ${found.record.zone}`
  throw hostDataError('HOSTDATA_OTHER', uri, what)
}

/**
 * The slot of the record that was seen last is damaged, and the one before it is whole. Not even its owner goes on from there by
 * itself. A newer record alone would not be hidden: it would be in the place of the whole one. But a host that never saw the
 * damaged one may have followed the whole one with the same number, and that be damaged now; and a disk that was set back to
 * that state, with a write that was cut off, looks the same.
 */
function newestDamaged({ uri }: SeenCopy, { record, sequence }: OpenRecord, seen: number): ZoneError {
  const what = `the newest of two copies (number ${seen}) is damaged; the other one is of ${record.updatedAt} (number ${sequence})`
  return hostDataError('HOSTDATA_DAMAGED', uri, what)
}

function setBack({ uri }: SeenCopy, { record, sequence }: OpenRecord, newer: string): ZoneError {
  const what = `they are of ${record.updatedAt} (number ${sequence}), and ${newer}: an older state was put back`
  return hostDataError('HOSTDATA_OLD', uri, what)
}

/**
 * Why a copy may not be written over; undefined: it may. What holds no host data may be something else that is needed, as when
 * the wrong disk is there.
 *
 * @param anew blank ones may be begun anew
 */
export function whyNotWritten(zone: string, copy: SeenCopy, anew: boolean): ZoneError | undefined {
  const { trouble, held, offset, sizeBytes, uri } = copy
  if (trouble?.code === 'HOSTDATA_SHRUNK') return trouble
  // There is nothing behind what the guest has.
  if (sizeBytes !== undefined && offset < sizeBytes) return notThere(zone, uri)
  if (trouble === undefined || trouble.code === 'KEY_WRONG') return undefined
  if (!isLost(copy) || held === 'data') return trouble
  return held === 'host data' || anew ? undefined : notThere(zone, uri)
}
