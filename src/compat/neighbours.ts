import type { ZoneSummary } from '../facts/schema.ts'
import { zonecfg } from './commands.ts'
import { unreadZones } from './facts-index.ts'
import type { Context, Side, UndecidedDraft } from './rule.ts'

type Zones = readonly ZoneSummary[]

/** Another zone that has the same thing as this one, and where it is. */
export interface Neighbour {
  readonly other: ZoneSummary
  readonly side: Side
  readonly host: string
}

interface Both {
  readonly atSource: Zones
  readonly atTarget: Zones
}

/** Zones of both hosts, but this one itself, that an index finds under a key; those of the target first. */
export function neighboursWith(
  key: string,
  context: Context,
  zones: Both,
  index: (zones: Zones) => ReadonlyMap<string, Zones>,
): readonly Neighbour[] {
  return neighboursAmong(context, zones, (some) => index(some).get(key) ?? nobody)
}

/**
 * A draft for each zone of both hosts, but this one itself, of which it is not known what it holds.
 *
 * @param what the rule compares of it, as in `MAC addresses`
 */
export function undecidedNeighbours(what: string, context: Context, zones: Both): UndecidedDraft[] {
  return neighboursAmong(context, zones, unreadZones).map(({ other: { name, unread = '' }, side: on }) => ({
    property: `${what} of zone ${name}`,
    on,
    unknown: unread,
    remedies: [
      {
        how: `Restore the configuration of ${name} from a backup, or give ${name} up; this tells what is wrong with it`,
        on,
        commands: [zonecfg(name, 'info')],
      },
    ],
  }))
}

/** Where a zone that is only configured says that its disks are, something else may be by now; one on its way has been promised them. */
export function holdsStorage({ state, auxiliary }: ZoneSummary): boolean {
  return state !== 'configured' || auxiliary.includes('migrating-in')
}

function neighboursAmong(
  { zone, source, target }: Context,
  { atSource, atTarget }: Both,
  choose: (zones: Zones) => Zones,
): readonly Neighbour[] {
  const isOther = (other: ZoneSummary) => other.uuid !== zone.uuid && other.name !== zone.name
  const found = (side: Side, zones: Zones, { host }: Context['source']) =>
    zones.filter(isOther).map((other) => ({ other, side, host: host.name }))
  const [there, here] = [choose(atTarget), choose(atSource)]
  // Mostly there is none, or this zone alone, and the name of the host is not asked for then.
  return [
    ...(there.some(isOther) ? found('target', there, target) : []),
    ...(here.some(isOther) ? found('source', here, source) : []),
  ]
}

const nobody: Zones = []
