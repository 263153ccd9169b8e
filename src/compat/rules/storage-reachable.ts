import { rule } from '../rule.ts'
import { isShared } from '../storage-uri.ts'

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
    for (const { id, storage } of contract.devices) {
      if (storage === undefined || !isShared(storage)) continue
      const property = `device ${id}:storage`
      const probe = probes.find(({ uri }) => uri === storage)
      if (probe === undefined) {
        yield { property, on: 'target', unknown: `${storage} was not tried`, remedies: [] }
      } else if ('error' in probe) {
        yield {
          property,
          source: storage,
          target: probe.error,
          why: 'The guest would lose this disk the moment it goes on there',
          remedies: [
            {
              how: `Let ${target.host.name} in (network, portal, access list), then try`,
              on: 'target',
              commands: [`suriadm info ${storage}`],
            },
          ],
        }
      }
    }
  },
})
