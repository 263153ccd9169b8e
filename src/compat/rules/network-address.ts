import { listItems } from '../../zone/schema/value-kind.ts'
import { zonecfg } from '../commands.ts'
import { withoutPrefix, zonesByAddress } from '../facts-index.ts'
import { neighboursWith } from '../neighbours.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'

export const networkAddress = rule({
  id: 'network/address',
  title: 'No other zone of either host has an allowed address of this zone',
  doc:
    'An address in allowed-address belongs to one zone. If another zone has it too, two guests answer for it, and who ' +
    'is reached changes from minute to minute.',
  remedy: 'Take the address from the zone that it does not belong to.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones' },
  *check(zones, context) {
    for (const { kind, id, properties } of context.contract.nics) {
      for (const address of listItems(properties['allowed-address'])) {
        const key = withoutPrefix(address)
        for (const { other, side, host } of neighboursWith(key, context, zones, zonesByAddress)) {
          yield {
            property: pathOf(kind, id, 'allowed-address'),
            source: address,
            target: `${key} (zone ${other.name} on ${host}, ${other.state})`,
            why: 'Two guests would answer for one address',
            remedies: [
              {
                how: `See which NIC of ${other.name} has it, and take it away there if it does not belong to it`,
                on: side,
                commands: [zonecfg(other.name, 'info anet'), zonecfg(other.name, 'info net')],
              },
            ],
          }
        }
      }
    }
  },
})
