import { zonecfg } from '../commands.ts'
import { probesByUri, zonesByStorage } from '../facts-index.ts'
import { type Neighbour, neighboursWith, undecidedNeighbours } from '../neighbours.ts'
import { perObject } from '../per-object.ts'
import { rule } from '../rule.ts'
import { type SharedObject, sharedObjects, storageUnit } from '../storage-uri.ts'

export const storageClaimed = rule({
  id: 'storage/claimed',
  title: 'No other zone of either host uses a disk of this zone',
  doc:
    'A shared disk belongs to one zone. If another zone that is installed or runs has the same storage URI, for a disk ' +
    'or for its suspend image, both would write to it; so would they if it has the same iSCSI unit by another portal, or ' +
    'by its world-wide name. What another zone booted with counts, and what its configuration says by now. A zone that is ' +
    'only configured holds no storage.',
  remedy: 'Find out which zone the disk belongs to, and remove it from the other.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones' },
  wants: { probes: 'source.storage' },
  *check({ probes = [], ...zones }, context) {
    const objects = sharedObjects(context.contract, context.intent.kind)
    if (objects.length > 0) yield* undecidedNeighbours('Storage', context, zones)
    for (const object of objects) {
      const { property, storage } = object
      const probe = probesByUri(probes).get(storage)
      const identity = probe !== undefined && 'opened' in probe ? probe.opened.identity : undefined
      const { unit } = unitOf(object)
      const units = identity === undefined || identity === unit ? [unit] : [unit, identity]
      const found = units.flatMap((each) => neighboursWith(each, context, zones, zonesByStorage))
      for (const { other, side, host } of found.filter(isFirst)) {
        if (other.state === 'configured') continue
        yield {
          property,
          source: storage,
          target: `used by zone ${other.name} on ${host} (${other.state})`,
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
    }
  },
})

const unitOf = perObject(({ storage }: SharedObject) => ({ unit: storageUnit(storage) }))

/** One that has the unit under two names is told of once. */
function isFirst({ other }: Neighbour, index: number, all: readonly Neighbour[]): boolean {
  return all.findIndex((neighbour) => neighbour.other === other) === index
}
