import { journalPath, migrationJournal } from '../../migration/journal.ts'
import type { Host } from '../host.ts'
import { isHeldBySuspension } from '../lifecycle/abandon-suspension.ts'
import { placeText } from '../lifecycle/image-place.ts'
import type { MigrationStatus } from '../progress.ts'
import type { Zone } from '../zone.ts'
import { readRecord } from '../zone-record.ts'

/** What is known here of the migration of a zone, whichever end of it this host is. Changes nothing. */
export async function migrationStatus(host: Host, zone: Zone): Promise<MigrationStatus> {
  if (zone.underWay !== undefined) return zone.underWay.status()
  if (zone.moving === 'migrating-in' && zone.arriving !== undefined) return zone.arriving()
  const { filling } = zone
  if (filling === 'lost') return { direction: 'filling', isBroken: true, isLost: true }
  if (filling !== undefined) return { direction: 'filling', isBroken: filling === 'broken' }
  const journal = await readRecord(journalPath(host.layout.zoneFolder(zone.name)), migrationJournal)
  if (journal === undefined) return suspensionStatus(zone)
  const { direction, kind = 'live' } = journal
  const other = direction === 'out' ? journal.target : journal.source
  return { direction: 'unsettled', was: direction, kind, other }
}

/** While something is under way with it, that says how it goes. */
function suspensionStatus(zone: Zone): MigrationStatus {
  const { operation, running, record } = zone
  const isBusy = operation !== undefined && operation.kind !== 'recover'
  if (record.suspended === undefined || isBusy || !isHeldBySuspension(zone)) return { direction: 'none' }
  const { place } = record.suspended
  return { direction: 'suspension', hasMachine: running !== undefined, place: placeText(place) }
}
