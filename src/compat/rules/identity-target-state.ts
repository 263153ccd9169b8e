import { zoneadm } from '../commands.ts'
import { rule } from '../rule.ts'

export const identityTargetState = rule({
  id: 'identity/target-state',
  title: 'The zone is not more than configured on the target',
  doc:
    'If the target has this zone, it must be in the state configured: one that is installed there holds the storage, ' +
    'one that runs there is a second copy.',
  remedy: 'Halt and detach the zone on the target, if that is not the copy to keep.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { zones: 'target.zones' },
  *check({ zones }, { zone }) {
    for (const { name, state, auxiliary } of zones) {
      if (name !== zone.name || (state === 'configured' && auxiliary.length === 0)) continue
      const isUp = state === 'running' || state === 'ready' || state === 'shutting_down'
      yield {
        property: 'state',
        source: [zone.state, ...zone.auxiliary].join(', '),
        target: [state, ...auxiliary].join(', '),
        why: 'A zone must never be in use on two hosts: its storage would be destroyed',
        remedies: [
          {
            how: 'If that is not the copy to keep, let it go there',
            on: 'target',
            commands: [...(isUp ? [zoneadm(name, 'halt')] : []), zoneadm(name, 'detach')],
          },
        ],
      }
    }
  },
})
