import { isKnown } from '../../facts/schema.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { seeOwner } from './see-owner.ts'

/**
 * Why the zone's storage is not this host's to remove: another host has the zone by its record on it, or the zone is
 * unavailable here and nobody can tell whose it is.
 *
 * @returns undefined if it is this host's, or has no record
 */
export async function inOtherHands(host: Host, zone: Zone): Promise<string | undefined> {
  const owner = await seeOwner(host, zone)
  if (!isKnown(owner))
    return zone.state === 'unavailable' ? `nobody can tell whose it is (${owner.unknown})` : undefined
  const { known } = owner
  return known.status === 'other' ? `host ${known.host} has the zone (${known.state})` : undefined
}
