import { zonecfg } from '../commands.ts'
import { linksByMac, zonesByMac } from '../facts-index.ts'
import { neighboursWith, undecidedNeighbours } from '../neighbours.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'

export const networkMac = rule({
  id: 'network/mac',
  title: 'No other zone of either host, nor the target itself, has a MAC address of this zone',
  doc:
    'Two NICs with one MAC address in one network take the traffic from each other, in turns. That a zone was cloned ' +
    'or its configuration copied is the usual cause.',
  remedy: 'Give one of the zones another address.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones', links: 'target.links' },
  *check({ links, ...zones }, context) {
    const { nics } = context.contract
    if (nics.some(({ macAddress }) => macAddress !== undefined)) {
      yield* undecidedNeighbours('MAC addresses', context, zones)
    }
    for (const { kind, id, macAddress } of nics) {
      if (macAddress === undefined) continue
      const link = linksByMac(links).get(macAddress)
      if (link !== undefined) {
        const { name } = context.target.host
        yield {
          property: pathOf(kind, id, 'mac-address'),
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
          property: pathOf(kind, id, 'mac-address'),
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
