import type { ZoneSummary } from '../../facts/schema.ts'
import { zoneadm } from '../commands.ts'
import { zonesByName } from '../facts-index.ts'
import { isSuspended, isUp } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'

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
  *check({ zones }, { zone, source, target: { host } }) {
    // That the target is the source itself is the matter of identity/other-host.
    if (source.host.id === host.id) return
    for (const other of zonesByName(zones).get(zone.name) ?? []) {
      const { state, auxiliary } = other
      if (state === 'configured' && auxiliary.length === 0) continue
      yield {
        property: 'state',
        source: [zone.state, ...zone.auxiliary].join(', '),
        target: `${[state, ...auxiliary].join(', ')} (must be configured, or not there)`,
        why: 'A zone must never be in use on two hosts: its storage would be destroyed',
        remedies: [remedy(other, host.name)],
      }
    }
  },
})

function remedy(zone: ZoneSummary, host: string): RemedyDraft {
  const { name, state, auxiliary } = zone
  const on = 'target'
  if (auxiliary.some((word) => word.startsWith('migrating'))) {
    return {
      how: 'Another migration of this zone is under way; wait for its end, or finish what is left of it',
      on,
      commands: [zoneadm(name, 'list', '-s'), zoneadm(name, 'migrate', '--recover')],
    }
  }
  if (state === 'incomplete' || state === 'unavailable') {
    return {
      how: `Remove what is left of it on ${host}, after a look at why it is ${state}`,
      on,
      commands: [zoneadm(name, 'list', '-s'), zoneadm(name, 'uninstall')],
    }
  }
  const end = isUp(zone) ? [zoneadm(name, 'halt')] : []
  return {
    how: `Let it go on ${host}, if that is not the copy to keep`,
    on,
    commands: [...(isSuspended(zone) ? [zoneadm(name, 'halt', '--discard')] : end), zoneadm(name, 'detach')],
  }
}
