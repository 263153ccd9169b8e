import type { ValueOf } from '../input.ts'
import { rule } from '../rule.ts'

export const stateOperation = rule({
  id: 'state/operation',
  title: 'Nothing else is being done to the zone',
  doc:
    'One operation at a time: a zone that is being moved, installed or migrated, on either host, has to be left alone ' +
    'until that has ended.',
  remedy: 'Wait until the other operation has ended, or cancel it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atSource: 'source.operations', atTarget: 'target.operations' },
  *check({ atSource, atTarget }, { zone, intent }) {
    const concerns = ({ id, zoneUuid, zoneName }: ValueOf<'source.operations'>[number]) =>
      id !== intent.operationId && (zoneUuid === zone.uuid || zoneName === zone.name)
    const source = atSource.find(concerns)?.kind
    const target = atTarget.find(concerns)?.kind
    if (source === undefined && target === undefined) return
    yield {
      property: 'operation',
      source: source ?? 'none',
      target: target ?? 'none',
      why: 'Two operations on one zone undo each other',
      remedies: [{ how: 'Wait until it has ended, or cancel it there' }],
    }
  },
})
