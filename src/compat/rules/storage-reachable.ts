import { probesByUri } from '../facts-index.ts'
import { pathOf } from '../property-path.ts'
import { lookAtStorage } from '../remedies.ts'
import { rule } from '../rule.ts'
import { sharedDisks } from '../storage-uri.ts'

export const storageReachable = rule({
  id: 'storage/reachable',
  title: 'The target can open every disk',
  doc:
    'The target really opens each storage URI of the zone before anything moves, with the driver that the guest will ' +
    'use. A path, a portal or an export that only the source sees would otherwise be found out at the switch-over.',
  remedy: 'Let the target in: network, portal, access list of the storage.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { probes: 'target.storage' },
  *check({ probes }, { contract, target }) {
    for (const { id, storage } of sharedDisks(contract)) {
      const property = pathOf('device', id, 'storage')
      const probe = probesByUri(probes).get(storage)
      if (probe === undefined) {
        const unknown = `nobody has tried to open ${storage} from ${target.host.name}`
        yield {
          property,
          on: 'target',
          unknown,
          remedies: [lookAtStorage(storage, 'target', 'Try it, then check again')],
        }
      } else if ('error' in probe) {
        const how = `Let ${target.host.name} in (network, portal, access list of the storage), then try`
        yield {
          property,
          source: storage,
          target: probe.error,
          why: 'The guest would lose this disk the moment it goes on there',
          remedies: [lookAtStorage(storage, 'target', how)],
        }
      }
    }
  },
})
