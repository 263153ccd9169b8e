import { ZoneError } from '../../errors.ts'
import { hostDataError, openArea } from '../../hostdata/owner-record/area.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import { hostDataGone } from './host-data-errors.ts'

/** A record, and the key with which it was sealed: what is written after it is sealed with the same. */
export interface OpenRecord extends Sequenced {
  readonly key: Buffer
}

export interface ExpectedRecord {
  /** Uuid of the zone; null: whichever it is. */
  readonly uuid: string | null
  /** Where it is. */
  readonly device: number
  /** For messages. */
  readonly place: string
}

/**
 * Opens a copy of the record of a zone.
 *
 * @param keys tried one after the other: while a zone is given a new key it can be either
 * @throws ZoneError HOSTDATA_*, KEY_WRONG
 */
export function openRecord(
  { uuid, device, place }: ExpectedRecord,
  area: Buffer,
  keys: readonly Buffer[],
): OpenRecord {
  let wrong: unknown
  for (const key of keys) {
    try {
      const found = openArea(area, { zone: uuid ?? undefined, zoneKey: key, place })
      if (found === undefined) throw hostDataGone(place)
      requireItsPlace(found, device, place)
      return { ...found, key }
    } catch (error) {
      if (!(error instanceof ZoneError) || error.code !== 'KEY_WRONG') throw error
      wrong ??= error
    }
  }
  throw wrong
}

/** @throws ZoneError HOSTDATA_SWAPPED: two disks of the zone were exchanged */
function requireItsPlace({ record }: Sequenced, device: number, place: string): void {
  if (record.device === undefined || record.device === device) return
  const what = `they are those of device ${record.device} of zone '${record.name}', and this is device ${device}`
  throw hostDataError('HOSTDATA_SWAPPED', place, what)
}
