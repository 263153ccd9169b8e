import type { MigrationStatus } from '../progress.ts'
import type { IncomingZone } from './incoming-zone.ts'

/** How far a zone is on its way here. */
export function arrivalStatus(
  migrationId: string,
  { journal, heardAtMs, going, preparing }: IncomingZone,
): MigrationStatus {
  const { kind = 'live', source } = journal
  const stage = going !== undefined ? 'going' : preparing !== undefined ? 'receiving' : 'reserved'
  return { direction: 'in', kind, source, migrationId, heardMs: performance.now() - heardAtMs, stage }
}
