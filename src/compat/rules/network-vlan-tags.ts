import type { ContractNic } from '../../zone/contract.ts'
import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { sourceLink, targetNics } from '../target-network.ts'

export const networkVlanTags = rule({
  id: 'network/vlan-tags',
  title:
    'What a guest sends into its vlan sub-resources passes the bridge of the target as it does at the source',
  doc:
    'A vlan sub-resource names VLANs whose frames the guest tags itself. A bridge without VLAN filtering lets tagged ' +
    'frames through as they are; one with it drops them, since kzone gives the port of a NIC its vlan-id alone. So a ' +
    'guest that had its VLANs at the source would lose them behind a bridge that filters. A bridge that filters at the ' +
    'source as well has never let them through by itself, and nothing changes for the guest.',
  remedy:
    'Use a bridge without VLAN filtering on the target, or switch it off after a look at what else uses it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {
    links: 'target.links',
    auto: 'target.defaultLink',
    existing: 'targetContract',
    linksHere: 'source.links',
    autoHere: 'source.defaultLink',
  },
  *check({ links, auto, existing, linksHere, autoHere }, { contract }) {
    for (const { nic, link } of targetNics(contract, existing, links, auto)) {
      // What is no bridge is the matter of network/lower-link.
      if (link?.kind !== 'bridge' || !link.vlanFiltering) continue
      const tagged = taggedIn(nic)
      if (tagged.length === 0) continue
      const bridgeHere = sourceLink(contract, nic, linksHere, autoHere)
      if (bridgeHere === undefined || bridgeHere.vlanFiltering) continue
      for (const [property, ids] of tagged) {
        yield {
          property: pathOf(nic.kind, nic.id, property),
          source: `${ids} (${bridgeHere.name} has VLAN filtering off)`,
          target: `${link.name} has VLAN filtering on`,
          why: 'That bridge drops what the guest sends into its VLAN',
          remedies: [
            { how: 'Choose a bridge without VLAN filtering for this NIC, on both hosts' },
            {
              how: 'Or switch it off, after a look at what else uses it',
              on: 'target',
              commands: ['bridge vlan show', `ip link set ${link.name} type bridge vlan_filtering 0`],
            },
          ],
        }
      }
    }
  },
})

/** What a NIC's `vlan` sub-resources allow: property and VLAN ids. */
function taggedIn({ properties }: ContractNic): readonly (readonly [string, string])[] {
  return Object.entries(properties).filter(([path]) => /^vlan\[.*\]:(?:vlan-id|allowed-vlan-ids)$/.test(path))
}
