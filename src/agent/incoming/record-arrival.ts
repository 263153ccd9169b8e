import type { IncomingJournal } from '../../migration/journal.ts'
import type { MigrationRecord } from '../api.ts'
import type { Host } from '../host.ts'
import { noteMigration } from '../outgoing/migration-ledger.ts'

/**
 * Writes into the history of this host that a zone has come here. That it cannot be written is logged, and is nothing to the
 * zone.
 */
export async function recordArrival(
  { layout, identity, log }: Pick<Host, 'layout' | 'identity' | 'log'>,
  { zone, kind = 'live', source, migrationId, startedAt }: IncomingJournal,
): Promise<void> {
  const endedAt = new Date()
  const begunAt = startedAt ?? endedAt.toISOString()
  const record: MigrationRecord = {
    schema: 1,
    direction: 'in',
    zone,
    kind,
    source,
    target: identity.name,
    targetUri: identity.name,
    by: null,
    startedAt: begunAt,
    endedAt: endedAt.toISOString(),
    totalMs: Math.max(0, endedAt.getTime() - Date.parse(begunAt)),
    outcome: 'moved',
    refusals: [],
    warnings: [],
    migrationId,
    pauseMs: null,
    transferredBytes: null,
    phases: [],
  }
  await noteMigration(layout, record).catch((error: Error) =>
    log(`zone '${zone}': the record of its arrival cannot be written: ${error.message}`),
  )
}
