import { zonecfg } from '../commands.ts'
import { zonesByMac } from '../facts-index.ts'
import { neighboursWith } from '../neighbours.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'

export const networkMac = rule({
  id: 'network/mac',
  title: 'No other zone of either host has a MAC address of this zone',
  doc:
    'Two NICs with one MAC address in one network take the traffic from each other, in turns. That a zone was cloned ' +
    'or its configuration copied is the usual cause.',
  remedy: 'Give one of the zones another address.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { atTarget: 'target.zones', atSource: 'source.zones' },
  *check(zones, context) {
    for (const { kind, id, macAddress } of context.contract.nics) {
      if (macAddress === undefined) continue
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
