import { listItems } from '../../zone/schema/value-kind.ts'
import { zonecfg } from '../commands.ts'
import { linksByAddress, plainAddress, zonesByAddress } from '../facts-index.ts'
import { neighboursWith, undecidedNeighbours } from '../neighbours.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { untoldLinks } from '../target-network.ts'

export const networkAddress = rule({
  id: 'network/address',
  title: 'No other zone of either host, nor the target itself, has an allowed address of this zone',
  doc:
    'An address in allowed-address belongs to one zone. If another zone or the target itself has it too, two answer for ' +
    'it, and who is reached changes from minute to minute.',
  remedy: 'Take the address from whoever it does not belong to.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones', links: 'target.links' },
  *check({ links, ...zones }, context) {
    const { nics } = context.contract
    if (nics.some(({ properties }) => listItems(properties['allowed-address']).length > 0)) {
      yield* undecidedNeighbours('Allowed addresses', context, zones)
      yield* untoldLinks('addresses', links, ({ addresses }) => addresses === undefined)
    }
    for (const { kind, id, properties } of nics) {
      for (const address of listItems(properties['allowed-address'])) {
        const key = plainAddress(address)
        const link = linksByAddress(links).get(key)
        if (link !== undefined) {
          yield {
            property: pathOf(kind, id, 'allowed-address'),
            source: address,
            target: `${key} (${link.name} of ${context.target.host.name} itself)`,
            why: 'The guest and that host would answer for one address',
            remedies: [
              {
                how: 'See whose address it is, and take it from the other',
                on: 'target',
                commands: [`ip address show dev ${link.name}`],
              },
            ],
          }
        }
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
