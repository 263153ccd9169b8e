import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { targetNics } from '../target-network.ts'

export const networkVlan = rule({
  id: 'network/vlan',
  title: 'The bridge of each NIC with a VLAN tells VLANs apart',
  doc:
    'The VLAN of a NIC is a matter of its port in the bridge. A bridge without VLAN filtering takes the setting and ' +
    'ignores it: the guest would find itself in the untagged network, with other neighbours. VLANs that the guest tags ' +
    'itself, its vlan sub-resources, are the matter of network/vlan-tags.',
  remedy: 'Switch VLAN filtering on at the bridge of the target, after a look at what else uses it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  *check({ links, auto, existing }, { contract }) {
    for (const { nic, link } of targetNics(contract, existing, links, auto)) {
      // What is no bridge is the matter of network/lower-link.
      if (nic.vlanId === undefined || link?.kind !== 'bridge' || link.vlanFiltering) continue
      yield {
        property: pathOf(nic.kind, nic.id, 'vlan-id'),
        source: String(nic.vlanId),
        target: `${link.name} has VLAN filtering off`,
        why: 'The guest would be in the untagged network instead of its VLAN',
        remedies: [
          {
            how: 'Switch it on, and let the uplink of the bridge carry the VLAN',
            on: 'target',
            commands: [`ip link set ${link.name} type bridge vlan_filtering 1`, `bridge vlan show`],
          },
        ],
      }
    }
  },
})
