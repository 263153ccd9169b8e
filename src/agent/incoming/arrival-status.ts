import type { MigrationStatus } from '../progress.ts'
import type { IncomingZone } from './incoming-zone.ts'

/** How far a zone is on its way here. */
export function arrivalStatus(
  migrationId: string,
  { journal, heardAtMs, going, preparing, told }: IncomingZone,
): MigrationStatus {
  const { kind = 'live', source } = journal
  const stage = going !== undefined ? 'going' : preparing !== undefined ? 'receiving' : 'reserved'
  const heardMs = performance.now() - heardAtMs
  const far = told === undefined ? {} : { told }
  return { direction: 'in', kind, source, migrationId, heardMs, stage, ...far }
}
