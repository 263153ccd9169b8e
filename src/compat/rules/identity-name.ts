import type { ZoneSummary } from '../../facts/schema.ts'
import { zoneadm, zonecfg } from '../commands.ts'
import { zonesByName, zonesByUuid } from '../facts-index.ts'
import { ending, isSuspended, isUp } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'

export const identityName = rule({
  id: 'identity/name',
  title: 'Name and uuid of the zone are free on the target, or its own',
  doc:
    'The target may have a configuration of this very zone, made beforehand. A zone of the same name with another uuid ' +
    'is another zone and would be overwritten; the same uuid under another name is a second copy of this one.',
  remedy: 'Rename the other zone; or delete the left-over copy on the target.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { zones: 'target.zones' },
  *check({ zones }, { zone }) {
    for (const other of zonesByName(zones).get(zone.name) ?? []) {
      if (other.uuid === null || other.uuid === zone.uuid) continue
      yield {
        property: 'zonename',
        source: `${zone.name} (uuid ${zone.uuid})`,
        target: `${other.name} (uuid ${other.uuid}, ${other.state})`,
        why: 'Another zone has this name there, and would be overwritten',
        remedies: [rename(other, freeName(zone.name, zones))],
      }
    }
    for (const other of zonesByUuid(zones).get(zone.uuid) ?? []) {
      if (other.name === zone.name) continue
      yield {
        property: 'uuid',
        source: `${zone.uuid} (zone ${zone.name})`,
        target: `${zone.uuid} (zone ${other.name}, ${other.state})`,
        why: 'The target has this zone already, under another name',
        remedies: [
          {
            how: `Delete zone ${other.name} there, if it is a left-over`,
            on: 'target',
            commands: [
              ...(isOutOfUse(other)
                ? [zoneadm(other.name, 'list', '-s'), zoneadm(other.name, 'uninstall')]
                : letGo(other, [zoneadm(other.name, 'halt', '--discard')])),
              zonecfg(other.name, 'delete -F'),
            ],
          },
        ],
      }
    }
  },
})

/** Gives another zone a name of its own; afterwards it is as it was. */
function rename(other: ZoneSummary, newName: string): RemedyDraft {
  const { name, state } = other
  const how = `Rename the other zone, such as to ${newName}`
  const on = 'target'
  const commands = [zoneadm(name, 'rename', newName)]
  if (state === 'configured' || state === 'unavailable') return { how, on, commands }
  if (state === 'incomplete') {
    const marks = [zoneadm(name, 'mark', 'unavailable'), ...commands, zoneadm(newName, 'mark', 'incomplete')]
    return { how: `${how}; it has to be marked for that`, on, commands: marks }
  }
  return {
    how: `${how}; it has to be detached for that`,
    on,
    commands: [
      ...letGo(other, [zoneadm(name, 'boot'), zoneadm(name, 'shutdown')]),
      ...commands,
      zoneadm(newName, 'attach'),
      ...(isUp(other) ? [zoneadm(newName, 'boot')] : []),
    ],
  }
}

/** Neither detached nor booted: what is left of it can only be removed, or the zone be attached. */
function isOutOfUse({ state }: ZoneSummary): boolean {
  return state === 'unavailable' || state === 'incomplete'
}

/**
 * What makes a zone `configured` that can be detached.
 *
 * @param endSuspended what ends a suspended guest: the zone is not detached with it
 */
function letGo(zone: ZoneSummary, endSuspended: readonly string[]): string[] {
  const { name, state } = zone
  if (state === 'configured') return []
  const end = isUp(zone) ? [zoneadm(name, ending(zone))] : []
  return [...(isSuspended(zone) ? endSuspended : end), zoneadm(name, 'detach')]
}

function freeName(name: string, zones: readonly ZoneSummary[]): string {
  const taken = zonesByName(zones)
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}
