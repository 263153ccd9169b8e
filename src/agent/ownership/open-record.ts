import { ZoneError } from '../../errors.ts'
import { openArea } from '../../hostdata/owner-record/area.ts'
import type { Sequenced } from '../../hostdata/owner-record/slot.ts'
import type { Zone } from '../zone.ts'
import { hostDataGone } from './host-data-errors.ts'

/** A record, and the key with which it was sealed: what is written after it is sealed with the same. */
export interface OpenRecord extends Sequenced {
  readonly key: Buffer
}

/**
 * Opens the record of a zone.
 *
 * @param keys tried one after the other: while a zone is given a new key it can be either
 * @param place for messages
 * @throws ZoneError HOSTDATA_*, KEY_WRONG
 */
export function openRecord(
  { record }: Pick<Zone, 'record'>,
  area: Buffer,
  keys: readonly Buffer[],
  place: string,
): OpenRecord {
  let wrong: unknown
  for (const key of keys) {
    try {
      const expected = {
        zone: record.uuid ?? undefined,
        zoneKey: key,
        least: record.hostData?.sequence,
        place,
      }
      const found = openArea(area, expected)
      if (found === undefined) throw hostDataGone(place)
      return { ...found, key }
    } catch (error) {
      if (!(error instanceof ZoneError) || error.code !== 'KEY_WRONG') throw error
      wrong ??= error
    }
  }
  throw wrong
}
