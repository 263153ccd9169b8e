import { rule } from '../rule.ts'
import { isShared } from '../storage-uri.ts'

export const storageClaimed = rule({
  id: 'storage/claimed',
  title: 'No other zone of the target uses a disk of this zone',
  doc:
    'A shared disk belongs to one zone. If another zone of the target has the same storage URI in its configuration, ' +
    'both would write to it.',
  remedy: 'Find out which zone the disk belongs to, and remove it from the other.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { neighbours: 'target.zones' },
  *check({ neighbours }, { contract, zone }) {
    for (const { id, storage } of contract.devices) {
      if (storage === undefined || !isShared(storage)) continue
      for (const other of neighbours) {
        if (other.uuid === zone.uuid || other.name === zone.name || !other.storage.includes(storage)) continue
        yield {
          property: `device ${id}:storage`,
          source: storage,
          target: `used by zone ${other.name}`,
          why: 'Two zones that write to one disk destroy what is on it',
          remedies: [
            {
              how: 'Find out which zone the disk belongs to; remove it from the other',
              on: 'target',
              commands: [`zonecfg -z ${other.name} info device`],
            },
          ],
        }
      }
    }
  },
})
