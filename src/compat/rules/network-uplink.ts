import type { Link } from '../../facts/schema.ts'
import { uplinksByBridge } from '../facts-index.ts'
import { pathOf } from '../property-path.ts'
import type { RemedyDraft } from '../rule.ts'
import { rule } from '../rule.ts'
import { sourceLink, targetNics } from '../target-network.ts'

export const networkUplink = rule({
  id: 'network/uplink',
  title: 'The bridge of each NIC leads out of the target where it does at the source',
  doc:
    'By the ports of a bridge that are not those of zones a guest reaches everybody else. If the bridge at the source has ' +
    'such a port that is up, and that of the target has none, or only such as are down, the guest reaches the zones of that host and nobody else. A bridge that leads nowhere on either host may be ' +
    'meant so.',
  remedy: 'Bring the uplink of the bridge up, or give it one.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {
    links: 'target.links',
    auto: 'target.defaultLink',
    existing: 'targetContract',
    linksHere: 'source.links',
    autoHere: 'source.defaultLink',
  },
  *check({ links, auto, existing, linksHere, autoHere }, { contract }) {
    for (const { nic, link } of targetNics(contract, existing, links, auto)) {
      // What is no bridge, or down, is the matter of network/lower-link.
      if (link?.kind !== 'bridge' || !link.up) continue
      const bridgeHere = sourceLink(contract, nic, linksHere, autoHere)
      if (bridgeHere === undefined) continue
      const [up] = uplinksByBridge(linksHere).get(bridgeHere.name)?.filter(isUp) ?? []
      const ports = uplinksByBridge(links).get(link.name) ?? []
      if (up === undefined || ports.some(isUp)) continue
      // Of a VLAN that no port carries network/vlan-uplink warns.
      if (ports.length === 0 && nic.vlanId !== undefined && link.vlanFiltering) continue
      const names = ports.map(({ name }) => name)
      yield {
        property: pathOf(nic.kind, nic.id, nic.kind === 'net' ? 'physical' : 'lower-link'),
        source: `${bridgeHere.name}, with ${up.name} up`,
        target: names.length === 0 ? `${link.name} has no uplink` : `${link.name}: ${names.join(', ')} down`,
        why: 'The guest would reach the zones of that host, and nobody else',
        remedies: [bringUp(names)],
      }
    }
  },
})

const isUp = ({ up }: Link): boolean => up

function bringUp(names: readonly string[]): RemedyDraft {
  const on = 'target'
  if (names.length === 0)
    return { how: 'Add an uplink to the bridge (ip link set UPLINK master BRIDGE up)', on }
  return {
    how: 'Bring it up',
    on,
    commands: names.map((name) => `ip link set ${name} up`),
  }
}
