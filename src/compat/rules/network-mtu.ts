import { pathOf } from '../property-path.ts'
import { rule } from '../rule.ts'
import { targetNics } from '../target-network.ts'

export const networkMtu = rule({
  id: 'network/mtu',
  title: "The target's bridges carry frames as large as the guest sends",
  doc:
    'The guest was told the MTU of its network when it booted and goes on using it. A bridge with a smaller MTU drops ' +
    'its large frames without a word: connections are set up and then hang.',
  remedy: 'Raise the MTU of the bridge and of each of its ports.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  *check({ booted, links, auto, existing }, { contract }) {
    for (const { nic, link } of targetNics(contract, existing, links, auto)) {
      const { kind, id } = nic
      const running = booted.nics.find((candidate) => candidate.kind === kind && candidate.id === id)
      if (link === undefined || running === undefined || link.mtu >= running.mtu) continue
      yield {
        property: pathOf(kind, id, 'mtu'),
        source: `${running.mtu} (what the guest was told at its boot)`,
        target: `${link.mtu} (of ${link.name})`,
        why: 'The bridge there drops the large frames of the guest: its connections hang',
        remedies: [
          {
            how: `Raise it on ${link.name} and on each of its ports, the uplink among them`,
            on: 'target',
            commands: [
              `for port in $(ls /sys/class/net/${link.name}/brif); do ip link set $port mtu ${running.mtu}; done`,
              `ip link set ${link.name} mtu ${running.mtu}`,
            ],
          },
        ],
      }
    }
  },
})
