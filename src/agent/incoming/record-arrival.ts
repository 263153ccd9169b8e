import type { IncomingJournal } from '../../migration/journal.ts'
import type { Host } from '../host.ts'
import { recordEnd } from '../outgoing/record-end.ts'

/**
 * Writes into the history of this host that a zone has come here. That it cannot be written is logged, and is nothing to the
 * zone.
 */
export function recordArrival(
  host: Pick<Host, 'layout' | 'identity' | 'log'>,
  journal: IncomingJournal,
): Promise<void> {
  const { name } = host.identity
  return recordEnd(host, journal, 'arrival', {
    direction: 'in',
    source: journal.source,
    target: name,
    targetUri: name,
    by: null,
    outcome: 'moved',
  })
}
