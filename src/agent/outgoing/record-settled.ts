import type { OutgoingJournal } from '../../migration/journal.ts'
import type { MigrationRecord } from '../api.ts'
import type { Host } from '../host.ts'
import { recordEnd } from './record-end.ts'
import type { Settled } from './settle.ts'

const ends: Readonly<Record<Settled, Pick<MigrationRecord, 'outcome' | 'code' | 'message'>>> = {
  there: { outcome: 'moved' },
  silent: {
    outcome: 'moved',
    code: 'TARGET_SILENT',
    message: 'It is the other host’s by its boot device; the target did not answer',
  },
  here: { outcome: 'failed', code: 'INTERRUPTED', message: 'It was interrupted; the zone stayed here' },
  dead: { outcome: 'moved', code: 'GUEST_LOST', message: 'Its guest was lost by post-copy' },
  lost: { outcome: 'failed', code: 'TARGET_LOST', message: 'The target went down at the switch-over' },
  broken: {
    outcome: 'failed',
    code: 'POSTCOPY_BROKEN',
    message: 'The stream broke in the moment of the switch to post-copy, and the guest was lost',
  },
}

/**
 * Writes down how a migration ended that the zonesd which had begun it could not see to its end. That it cannot be written
 * is logged, and is nothing to the zone.
 */
export function recordSettled(
  host: Pick<Host, 'layout' | 'identity' | 'log'>,
  journal: OutgoingJournal,
  where: Settled,
): Promise<void> {
  const { target, environment } = journal
  return recordEnd(host, journal, 'migration', {
    source: host.identity.name,
    target: null,
    targetUri: target,
    by: environment['LOGNAME'] ?? environment['USER'] ?? null,
    ...ends[where],
  })
}
