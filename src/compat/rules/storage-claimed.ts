import { zonecfg } from '../commands.ts'
import { zonesByStorage } from '../facts-index.ts'
import { neighboursWith } from '../neighbours.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { sharedDisks } from '../storage-uri.ts'

export const storageClaimed = rule({
  id: 'storage/claimed',
  title: 'No other zone of either host uses a disk of this zone',
  doc:
    'A shared disk belongs to one zone. If another zone that is installed or runs has the same storage URI in its ' +
    'configuration, both would write to it. A zone that is only configured holds no storage.',
  remedy: 'Find out which zone the disk belongs to, and remove it from the other.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones' },
  *check(zones, context) {
    for (const { id, storage } of sharedDisks(context.contract)) {
      for (const { other, side, host } of neighboursWith(storage, context, zones, zonesByStorage)) {
        if (other.state === 'configured') continue
        yield {
          property: pathOf('device', id, 'storage'),
          source: storage,
          target: `used by zone ${other.name} on ${host} (${other.state})`,
          why: 'Two zones that write to one disk destroy what is on it',
          remedies: [
            {
              how: `Find out whose disk it is. If it is not that of ${other.name}, remove the device there`,
              on: side,
              commands: [zonecfg(other.name, 'info device')],
            },
          ],
        }
      }
    }
  },
})
