import type { MigrationJournal } from '../../migration/journal.ts'
import type { MigrationRecord } from '../api.ts'
import type { Host } from '../host.ts'
import { noteMigration } from './migration-ledger.ts'

type Own = Pick<MigrationRecord, 'source' | 'target' | 'targetUri' | 'by' | 'outcome'> &
  Partial<Pick<MigrationRecord, 'direction' | 'code' | 'message'>>

/**
 * Writes down a migration of which no more is known than its journal and its end. That it cannot be written is logged, and is
 * nothing to the zone.
 *
 * @param what whose record it is, for the log
 */
export async function recordEnd(
  { layout, log }: Pick<Host, 'layout' | 'log'>,
  { zone, kind = 'live', migrationId, startedAt }: MigrationJournal,
  what: string,
  own: Own,
): Promise<void> {
  const endedAt = new Date()
  const begunAt = startedAt ?? endedAt.toISOString()
  const record: MigrationRecord = {
    schema: 1,
    zone,
    kind,
    startedAt: begunAt,
    endedAt: endedAt.toISOString(),
    totalMs: Math.max(0, endedAt.getTime() - Date.parse(begunAt)),
    refusals: [],
    warnings: [],
    migrationId,
    pauseMs: null,
    transferredBytes: null,
    phases: [],
    ...own,
  }
  await noteMigration(layout, record).catch((error: Error) =>
    log(`zone '${zone}': the record of its ${what} cannot be written: ${error.message}`),
  )
}
