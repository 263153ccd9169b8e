import { zoneadm } from '../commands.ts'
import type { ZoneState } from '../input.ts'
import { isSuspended, migrateWith, moveWhileDown } from '../remedies.ts'
import { type Context, type RemedyDraft, rule } from '../rule.ts'
import type { Kind } from '../schema.ts'
import { noUuid } from '../subject.ts'

/** What each kind of migration starts from, as `zoneadm list -s` shows it. */
const wanted: Record<Kind, string> = { live: 'running', warm: 'installed, suspended', cold: 'installed' }

export const stateKind = rule({
  id: 'state/kind',
  title: 'The state of the zone fits the kind of migration',
  doc:
    'Live needs a running zone, warm a suspended one, cold one that is installed and neither runs nor is suspended. ' +
    'No auxiliary state but suspended may be there: a zone that is migrating, being suspended or being debugged stays where it is, ' +
    'and so does one whose guest stands still since its storage is full (paused): nobody could tell whether it lives there.',
  remedy: 'Boot or shut the zone down, or choose the kind that fits its state.',
  kinds: ['live', 'warm', 'cold'],
  severity: 'error',
  needs: {},
  wants: { existing: 'targetContract' },
  check({ existing }, context) {
    const { zone, intent } = context
    const state = describe(zone)
    if (state === wanted[intent.kind]) return []
    return [
      {
        property: 'state',
        source: state,
        target: `${intent.kind} migration starts from: ${wanted[intent.kind]}`,
        why: 'Each kind of migration starts from its own state',
        remedies: remediesFor(context, existing !== undefined && existing !== null),
      },
    ]
  },
})

function remediesFor(context: Context, targetHasOne: boolean): RemedyDraft[] {
  const { zone } = context
  const { name, state } = zone
  const migrate = migrateWith(context)
  if (zone.auxiliary.some((word) => word.startsWith('migrating'))) {
    return [
      {
        how: 'Wait until the other migration has ended; one that was interrupted is finished or undone so',
        commands: [zoneadm(name, 'list', '-s'), zoneadm(name, 'migrate', '--recover')],
      },
    ]
  }
  if (zone.auxiliary.includes('suspending')) {
    return [
      {
        how: 'Wait until its suspension has ended; if that has failed, let its guest go on, then migrate it',
        commands: [zoneadm(name, 'list', '-s'), zoneadm(name, 'migrate', '--recover'), migrate],
      },
    ]
  }
  if (zone.auxiliary.includes('paused')) {
    return [
      {
        how: 'Make room on its storage: its guest goes on by itself a few seconds later; then migrate it',
        commands: [zoneadm(name, 'list', '-s'), migrate],
      },
      { how: 'Or end it, and migrate it while it is down', commands: [zoneadm(name, 'halt'), migrate] },
    ]
  }
  if (isSuspended(zone)) {
    return [{ how: 'Migrate it warm, as it is', commands: [migrate] }]
  }
  if (state === 'running' && zone.auxiliary.length === 0) {
    return [{ how: 'Migrate it live, as it is', commands: [migrate] }]
  }
  if (state === 'installed' && zone.auxiliary.length === 0) {
    return [
      { how: 'Boot it, then migrate it live', commands: [zoneadm(name, 'boot'), migrate] },
      moveWhileDown(context, targetHasOne),
    ]
  }
  if (state === 'configured' && zone.uuid === noUuid) {
    const commands = [zoneadm(name, 'install'), zoneadm(name, 'boot')]
    return [{ how: 'Install the zone and boot it, then migrate it live', commands }]
  }
  if (state === 'configured' || state === 'unavailable') {
    const commands = [zoneadm(name, 'attach'), zoneadm(name, 'boot')]
    return [{ how: 'Attach the zone to its storage and boot it, then migrate it live', commands }]
  }
  return [{ how: 'Wait until the zone is in another state', commands: [zoneadm(name, 'list', '-s')] }]
}

function describe({ state, auxiliary }: ZoneState): string {
  return [state, ...auxiliary].join(', ')
}
