import { zoneadm } from '../commands.ts'
import type { Intent, ZoneState } from '../input.ts'
import type { RemedyDraft } from '../rule.ts'
import { rule } from '../rule.ts'
import type { Kind } from '../schema.ts'

/** What each kind of migration starts from, as `zoneadm list -s` shows it. */
const wanted: Record<Kind, string> = { live: 'running', warm: 'installed, suspended', cold: 'installed' }
const fromRunning: Record<Kind, readonly string[]> = { live: [], warm: ['suspend'], cold: ['shutdown'] }
const kinds: readonly Kind[] = ['live', 'warm', 'cold']

export const stateKind = rule({
  id: 'state/kind',
  title: 'The state of the zone fits the kind of migration',
  doc:
    'Live needs a running zone, warm a suspended one, cold one that is installed and neither runs nor is suspended. ' +
    'No auxiliary state but suspended may be there: a zone that is migrating or being debugged stays where it is.',
  remedy: 'Boot, suspend or shut the zone down, or choose the kind that fits its state.',
  kinds,
  severity: 'error',
  needs: {},
  check(_, { zone, intent }) {
    const state = describe(zone)
    if (state === wanted[intent.kind]) return []
    return [
      {
        property: 'state',
        source: state,
        target: `${intent.kind} needs: ${wanted[intent.kind]}`,
        why: 'Each kind of migration starts from its own state',
        remedies: remediesFor(zone, intent),
      },
    ]
  },
})

function remediesFor(
  zone: ZoneState,
  { kind, targetUri }: Pick<Intent, 'kind' | 'targetUri'>,
): RemedyDraft[] {
  if (zone.auxiliary.some((state) => state !== 'suspended')) {
    return [{ how: 'Wait until it is that no longer', commands: ['zoneadm list -s'] }]
  }
  if (zone.state !== 'running' && zone.state !== 'installed') {
    return [
      { how: 'Attach the zone to its storage, or install it', commands: [zoneadm(zone.name, 'attach')] },
    ]
  }
  const steps = zone.state === 'running' ? fromRunning[kind] : ['boot', ...fromRunning[kind]]
  const other = kinds.find((candidate) => wanted[candidate] === describe(zone))
  return [
    { how: 'Bring the zone into that state', commands: steps.map((step) => zoneadm(zone.name, step)) },
    ...(other === undefined
      ? []
      : [{ how: `Or migrate it ${other}, as it is`, commands: [zoneadm(zone.name, 'migrate', targetUri)] }]),
  ]
}

function describe({ state, auxiliary }: ZoneState): string {
  return [state, ...auxiliary].join(', ')
}
