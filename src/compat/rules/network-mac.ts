import type { Contract } from '../../zone/contract.ts'
import { macAddressesOf } from '../../zone/mac-addresses.ts'
import { zonecfg } from '../commands.ts'
import { linksByMac, zonesByMac } from '../facts-index.ts'
import { neighboursWith, undecidedNeighbours } from '../neighbours.ts'
import { perObject } from '../per-object.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { untoldLinks } from '../target-network.ts'

export const networkMac = rule({
  id: 'network/mac',
  title: 'No other zone of either host, nor the target itself, has a MAC address of this zone',
  doc:
    'Two NICs with one MAC address in one network take the traffic from each other, in turns. That a zone was cloned ' +
    'or its configuration copied is the usual cause. The addresses of mac sub-resources count as well.',
  remedy: 'Give one of the zones another address.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones', links: 'target.links' },
  *check({ links, ...zones }, context) {
    const given = givenIn(context.contract)
    if (given.length > 0) {
      yield* undecidedNeighbours('MAC addresses', context, zones)
      yield* untoldLinks(
        'MAC address',
        links,
        ({ kind, macAddress }) => kind !== 'other' && macAddress === undefined,
      )
    }
    for (const { property, macAddress } of given) {
      const link = linksByMac(links).get(macAddress)
      if (link !== undefined) {
        const { name } = context.target.host
        yield {
          property,
          source: macAddress,
          target: `${macAddress} (${link.name} of ${name} itself)`,
          why: 'Both would take the traffic from each other, in turns',
          remedies: [
            {
              how: `See what ${link.name} is there; give it another address, or the NIC of the zone`,
              on: 'target',
              commands: [`ip link show ${link.name}`],
            },
          ],
        }
      }
      for (const { other, side, host } of neighboursWith(macAddress, context, zones, zonesByMac)) {
        yield {
          property,
          source: macAddress,
          target: `${macAddress} (zone ${other.name} on ${host}, ${other.state})`,
          why: 'Both would take the traffic from each other, in turns',
          remedies: [
            {
              how: `Find the NIC of ${other.name} that has it, give it another with set mac-address, and reboot ${other.name}`,
              on: side,
              commands: [zonecfg(other.name, 'info anet'), zonecfg(other.name, 'info net')],
            },
          ],
        }
      }
    }
  },
})

/** Each MAC address that the zone has, and the property that gives it. */
const givenIn = perObject(({ nics }: Contract) =>
  nics.flatMap((nic) =>
    macAddressesOf(nic).map(({ property, macAddress }) => ({
      property: pathOf(nic.kind, nic.id, property),
      macAddress,
    })),
  ),
)
