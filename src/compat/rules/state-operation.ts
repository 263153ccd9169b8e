import type { Operation } from '../../facts/schema.ts'
import { zoneadm } from '../commands.ts'
import type { Context, RemedyDraft, Side } from '../rule.ts'
import { rule } from '../rule.ts'

export const stateOperation = rule({
  id: 'state/operation',
  title: 'Nothing else is being done to the zone',
  doc:
    'One operation at a time: a zone that is being installed, configured or migrated, on either host, has to be left ' +
    'alone until that has ended.',
  remedy: 'Wait until the other operation has ended, or cancel it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atSource: 'source.operations', atTarget: 'target.operations' },
  *check({ atSource, atTarget }, { zone, intent }) {
    const concerns = ({ id, zoneUuid, zoneName }: Operation) =>
      id !== intent.operationId && (zoneUuid === zone.uuid || zoneName === zone.name)
    const source = atSource.find(concerns)
    const target = atTarget.find(concerns)
    if (source === undefined && target === undefined) return
    yield {
      property: 'operation',
      source: source === undefined ? 'none' : describe(source),
      target: target === undefined ? 'none' : describe(target),
      why: 'Two operations on one zone undo each other',
      remedies: [waitFor(source, 'source', zone), waitFor(target, 'target', zone)].flat(),
    }
  },
})

function describe({ kind, zoneName }: Operation): string {
  return `${kind} of zone ${zoneName}`
}

function waitFor(operation: Operation | undefined, on: Side, zone: Context['zone']): RemedyDraft[] {
  if (operation === undefined) return []
  const name = operation.zoneName === zone.name ? zone.name : operation.zoneName
  return [
    {
      how: `Wait until the ${operation.kind} has ended, or cancel it with Ctrl-C where it was started`,
      on,
      commands: [zoneadm(name, 'list', '-s')],
    },
  ]
}
