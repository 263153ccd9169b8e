import type { Host } from '../host.ts'
import { moveUnsettled } from '../unsettled-move.ts'
import type { Zone } from '../zone.ts'
import { readMoveJournal } from './journal.ts'
import { holdUnsettled, logEnd, settleMove } from './settle-move.ts'

/**
 * Brings a move of a zone's storage that was interrupted to its end: what has been switched over stays on the new storage, the
 * rest on the old. Safe to call twice, and for a zone that has none.
 *
 * @throws ZoneError MOVE_UNSETTLED: the zone waits for a later try
 */
export async function recoverMove(host: Host, zone: Zone): Promise<void> {
  const journal = await readMoveJournal(host.layout.zoneFolder(zone.name)).catch((error: Error) => {
    holdUnsettled(host, zone, error, () => recoverMove(host, zone))
    throw moveUnsettled(zone.name, error)
  })
  if (journal === undefined) {
    zone.unsettledMove = undefined
    return
  }
  logEnd(host, zone, await settleMove(host, zone, journal))
}
