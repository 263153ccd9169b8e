import type { Link } from '../../facts/schema.ts'
import { uplinksByBridge } from '../facts-index.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { targetNics } from '../target-network.ts'

export const networkVlanUplink = rule({
  id: 'network/vlan-uplink',
  title: 'An uplink of the bridge carries the VLAN of each NIC',
  doc:
    'A bridge that tells VLANs apart lets through a port only the VLANs that were given to that port. If no port but ' +
    'those of zones has the VLAN of a NIC, the guest reaches the zones of that host and nobody else.',
  remedy: 'Give the VLAN to the uplink of the bridge.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: { links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  *check({ links, auto, existing }, { contract }) {
    for (const { nic, link } of targetNics(contract, existing, links, auto)) {
      const { vlanId } = nic
      // A bridge that does not tell VLANs apart is the matter of network/vlan.
      if (vlanId === undefined || link?.kind !== 'bridge' || !link.vlanFiltering) continue
      const ports = uplinksByBridge(links).get(link.name) ?? []
      if (ports.some((port) => carries(port, vlanId))) continue
      const names = ports.map(({ name }) => name)
      yield {
        property: pathOf(nic.kind, nic.id, 'vlan-id'),
        source: String(vlanId),
        target:
          names.length === 0 ? `${link.name} has no uplink` : `${link.name}: not on ${names.join(', ')}`,
        why: 'The guest would reach the zones of that host in its VLAN, and nobody else',
        remedies: [
          {
            how:
              names.length === 0
                ? 'Add an uplink to the bridge, and give it the VLAN'
                : 'Give the VLAN to the uplink',
            on: 'target',
            commands: names.map((name) => `bridge vlan add dev ${name} vid ${vlanId}`),
          },
        ],
      }
    }
  },
})

function carries({ vlans = [] }: Link, vlanId: number): boolean {
  return vlans.some(([first, last]) => first <= vlanId && vlanId <= last)
}
