import type { StorageProbe } from '../../facts/schema.ts'
import { quote, zonecfg } from '../commands.ts'
import { probesByUri, zonesByStorage } from '../facts-index.ts'
import { holdsStorage, type Neighbour, neighboursWith, undecidedNeighbours } from '../neighbours.ts'
import { perObject } from '../per-object.ts'
import { lookAtStorage } from '../remedies.ts'
import { type Context, type DifferenceDraft, rule, type Side, type UndecidedDraft } from '../rule.ts'
import { type SharedObject, sharedObjects, storageUnit } from '../storage-uri.ts'

export const storageClaimed = rule({
  id: 'storage/claimed',
  title: 'Nobody else on either host uses a disk of this zone',
  doc:
    'A shared disk belongs to one zone. If another zone that is installed, runs or is on its way there has the same ' +
    'storage, for a disk or for its suspend image, both would write to it: under the same URI, or under any other that ' +
    'leads to it, by another portal, by its world-wide name, or by another name of its server. Each host looks itself ' +
    'which URIs of its zones do; what it could not look at leaves the question open. What another zone booted with ' +
    'counts, and what its configuration says by now. A zone that is only configured holds no storage. What suriadm map ' +
    '-w has given a path is written to by whatever uses that path.',
  remedy:
    'Find out which zone the disk belongs to, and remove it from the other; take back a path that is not needed any more.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones' },
  wants: { seenAtSource: 'source.storage', seenAtTarget: 'target.storage' },
  *check({ seenAtSource = [], seenAtTarget = [], ...zones }, context) {
    const objects = sharedObjects(context.contract, context.intent.kind)
    if (objects.length > 0) yield* undecidedNeighbours('Storage', context, zones)
    for (const object of objects) {
      const target = probesByUri(seenAtTarget).get(object.storage)
      const source = probesByUri(seenAtSource).get(object.storage)
      const holders = (units: readonly string[]) =>
        units
          .flatMap((unit) => neighboursWith(unit, context, zones, zonesByStorage))
          .filter(({ other }) => holdsStorage(other))
          .filter(isFirst)
      const found = holders([...new Set([unitOf(object).unit, ...unitsSeen(target), ...unitsSeen(source)])])
      for (const neighbour of found) yield claimed(object, neighbour)
      const known = new Set(found.map(({ other }) => other))
      for (const [side, probe] of [['target', target] as const, ['source', source] as const]) {
        if (probe?.mappedAs !== undefined) yield mapped(object, side, probe.mappedAs, context)
        // What cannot be opened at all is the matter of other rules.
        const perhaps = probe !== undefined && 'opened' in probe ? (probe.perhapsAs ?? []) : []
        for (const uri of perhaps) {
          const open = holders([storageUnit(uri)]).filter(
            (each) => each.side === side && !known.has(each.other),
          )
          for (const { other } of open) yield undecided(object, side, uri, other.name)
        }
      }
    }
  },
})

const unitOf = perObject(({ storage }: SharedObject) => ({ unit: storageUnit(storage) }))

/** What else a host calls the object. */
function unitsSeen(probe: StorageProbe | undefined): string[] {
  if (probe === undefined) return []
  const identity = 'opened' in probe ? probe.opened.identity : undefined
  return [...(identity === undefined ? [] : [identity]), ...(probe.sameAs ?? []).map(storageUnit)]
}

function claimed({ property, storage }: SharedObject, { other, side, host }: Neighbour): DifferenceDraft {
  const state = other.state === 'configured' ? 'on its way there' : other.state
  return {
    property,
    source: storage,
    target: `used by zone ${other.name} on ${host} (${state})`,
    why: 'Two zones that write to one disk destroy what is on it',
    remedies: [
      {
        how: `Find out whose disk it is. If it is not that of ${other.name}, take it away there`,
        on: side,
        commands: [zonecfg(other.name, 'info device'), zonecfg(other.name, 'info suspend')],
      },
    ],
  }
}

function mapped(
  { property, storage }: SharedObject,
  side: Side,
  uri: string,
  context: Context,
): DifferenceDraft {
  return {
    property,
    source: storage,
    target: `mapped for writing on ${context[side].host.name}`,
    why: 'What writes by the path that it has there would destroy what the guest has on it',
    remedies: [
      {
        how: 'Take the path back, when nothing uses it any more',
        on: side,
        commands: [`suriadm unmap ${quote(uri)}`],
      },
    ],
  }
}

function undecided(
  { property, storage }: SharedObject,
  side: Side,
  uri: string,
  zone: string,
): UndecidedDraft {
  return {
    property,
    on: side,
    unknown: `${storage} may be ${uri} of zone ${zone}, which could not be looked at`,
    remedies: [
      lookAtStorage(uri, side, `See why what zone ${zone} has cannot be opened, or take it from ${zone}`),
    ],
  }
}

/** One that has the unit under two names is told of once. */
function isFirst({ other }: Neighbour, index: number, all: readonly Neighbour[]): boolean {
  return all.findIndex((neighbour) => neighbour.other === other) === index
}
