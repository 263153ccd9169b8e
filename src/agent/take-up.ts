import { cutWay } from '../migration/cut-way.ts'
import { journalPath, migrationJournal } from '../migration/journal.ts'
import { silenceMs } from '../migration/take-back.ts'
import { patienceMs } from '../util/test-patience.ts'
import type { Host } from './host.ts'
import { recoverIncoming } from './incoming/arrivals.ts'
import { watchFilling } from './incoming/watch-filling.ts'
import { recoverSuspension } from './lifecycle/recover-suspension.ts'
import { adoptRunning } from './lifecycle/run-zone.ts'
import { requireGuest } from './outgoing/require-guest.ts'
import { settleHeld } from './outgoing/settle-held.ts'
import { settleStorage } from './outgoing/settle-storage.ts'
import { readStorageJournal } from './outgoing/storage-journal.ts'
import { told } from './outgoing/told.ts'
import { finishRekey } from './ownership/rekey.ts'
import { recoverMove } from './storage-move/recover.ts'
import type { Zone } from './zone.ts'
import { readRecord } from './zone-record.ts'

/** How long to ask for a target that was lost in the moment of the switch-over, in the background. */
const settleTimeoutMs = patienceMs(60_000)

/**
 * Takes up what the zonesd before this one, or the host before its reboot, was in the middle of.
 *
 * @throws ZoneError as `adoptRunning()`: the zone is out of use, and a migration of it from here is held
 */
export async function takeUp(host: Host, zone: Zone): Promise<void> {
  try {
    await adopt(host, zone)
  } catch (error) {
    const journal = await journalOf(host, zone).catch(() => undefined)
    if (journal?.direction === 'out') zone.moving = 'migrating-out'
    throw error
  }
  await settleLeft(host, zone)
}

/**
 * Looks once more what runs of a zone, if that could not be found out before. Whoever comes second waits for the first.
 *
 * @throws ZoneError as `adoptRunning()`
 */
export async function adoptAgain(host: Host, zone: Zone): Promise<void> {
  const { distrusted } = zone
  if (distrusted === undefined) return
  distrusted.looking ??= adopt(host, zone).finally(() => {
    distrusted.looking = undefined
  })
  await distrusted.looking
}

/**
 * As `takeUp()`, for a zone of which it could not be found out before what runs of it.
 *
 * @throws ZoneError as `adoptRunning()`
 */
export async function takeUpAgain(host: Host, zone: Zone): Promise<void> {
  await adoptAgain(host, zone)
  // Else the operator has it settled.
  if (zone.operation !== undefined) return
  await settleLeft(host, zone).catch((error: Error) => host.log(`zone '${zone.name}': ${error.message}`))
}

async function adopt(host: Host, zone: Zone): Promise<void> {
  await adoptThoughSilent(host, zone)
  await watchFilling(host, zone)
  // What cannot be settled yet is in the log by now.
  await recoverMove(host, zone).catch(() => undefined)
  await recoverSuspension(host, zone).catch((error: Error) => host.log(error.message))
  await finishRekey(host, zone).catch((error: Error) => host.log(error.message))
}

/** Settles the migration, and the moves of disks, that were interrupted. */
async function settleLeft(host: Host, zone: Zone): Promise<void> {
  const journal = await journalOf(host, zone).catch((error: unknown) => {
    // It may run elsewhere by now: it is held here, and whoever recovers it hears what is wrong with the journal.
    zone.moving = 'migrating-out'
    throw error
  })
  if (journal?.direction === 'in') return recoverIncoming(host, journal)
  const storage = await readStorageJournal(host.layout.zoneFolder(zone.name)).catch((error: Error) =>
    host.log(`zone '${zone.name}': ${error.message}`),
  )
  if (journal === undefined && storage === undefined) return
  if (journal !== undefined) zone.moving = 'migrating-out'
  // The target may be slow to answer, and disks take their time; the host serves its other zones meanwhile.
  void zone
    .exclusively('recover', new AbortController().signal, async ({ controller: { signal } }) => {
      const options = { signal, isTriedAgain: true }
      const where = journal && (await settleHeld(host, zone, journal, settleTimeoutMs, options))
      await zone.adopting
      await settleStorage(host, zone, told(host, zone))
      if (journal !== undefined && where !== undefined) requireGuest(zone, journal.target, where)
    })
    .catch((error: Error) => host.log(error.message))
}

const journalOf = (host: Host, zone: Zone) =>
  readRecord(journalPath(host.layout.zoneFolder(zone.name)), migrationJournal)

/** A QEMU that waits for a target which says nothing answers as soon as the way to it is cut. */
async function adoptThoughSilent(host: Host, zone: Zone): Promise<void> {
  const journal = await journalOf(host, zone).catch(() => undefined)
  const way = journal?.direction === 'out' ? journal.streamUri : undefined
  const cutting = way === undefined ? undefined : setTimeout(() => void cutWay(way), silenceMs)
  await adoptRunning(host, zone).finally(() => clearTimeout(cutting))
}
