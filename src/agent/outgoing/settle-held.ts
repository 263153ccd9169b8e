import { journalPath, migrationJournal, type OutgoingJournal } from '../../migration/journal.ts'
import { isAnswering } from '../../migration/peer-pool.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { readRecord } from '../zone-record.ts'
import { finish } from './carry-out.ts'
import { recordSettled } from './record-settled.ts'
import { requireGuest } from './require-guest.ts'
import { isTargetsWordNeeded, type Settled, type SettleOptions, settle } from './settle.ts'
import { settleStorage } from './settle-storage.ts'
import { told } from './told.ts'

/**
 * Settles a migration that is held here, and writes down how it ended.
 *
 * @param timeoutMs how long to go on asking the target
 * @throws ZoneError as settle() does, and the zone is held as before
 */
export async function settleHeld(
  host: Host,
  zone: Zone,
  journal: OutgoingJournal,
  timeoutMs: number,
  options: SettleOptions = {},
): Promise<Settled> {
  const where = await settle(host, zone, journal, timeoutMs, options)
  await finish(host, zone)
  await recordSettled(host, journal, where)
  return where
}

/**
 * Tries again, beside whatever else the host does, to settle a migration that is held here. Where only the target can say how
 * it ended nothing is done while it cannot be reached, so that the operator finds the zone free.
 *
 * @throws ZoneError if it is held still, or has cost the guest
 */
export async function settleAgain(host: Host, zone: Zone): Promise<void> {
  const held = await heldMigration(host, zone)
  if (held === undefined) return
  if ((await isTargetsWordNeeded(zone, held)) && !(await isReached(host, held))) return
  if (zone.operation !== undefined) return
  await zone.exclusively('recover', new AbortController().signal, async ({ controller: { signal } }) => {
    // Somebody may have settled it while the target was asked.
    const journal = await heldMigration(host, zone)
    if (journal === undefined) return
    const where = await settleHeld(host, zone, journal, 0, { signal, isTriedAgain: true })
    await settleStorage(host, zone, told(host, zone))
    requireGuest(zone, journal.target, where)
  })
}

async function heldMigration({ layout }: Host, { name, moving }: Zone): Promise<OutgoingJournal | undefined> {
  if (moving !== 'migrating-out') return undefined
  const journal = await readRecord(journalPath(layout.zoneFolder(name)), migrationJournal)
  return journal?.direction === 'out' ? journal : undefined
}

/** How long a target has to answer that it is there, in milliseconds. */
const answerTimeoutMs = 5_000

async function isReached({ peers }: Host, { target, environment }: OutgoingJournal): Promise<boolean> {
  await using peer = await peers.acquire(target, environment)
  return await isAnswering(peer, answerTimeoutMs)
}
