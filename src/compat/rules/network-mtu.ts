import { rule } from '../rule.ts'
import { targetNics } from '../target-nics.ts'

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
    for (const { kind, id, lowerLink } of targetNics(contract, existing)) {
      const name = lowerLink === 'auto' ? auto : lowerLink
      const link = links.find((candidate) => candidate.name === name)
      const nic = booted.nics.find((candidate) => candidate.kind === kind && candidate.id === id)
      if (link === undefined || nic === undefined || link.mtu >= nic.mtu) continue
      yield {
        property: `${kind} ${id}:mtu`,
        source: String(nic.mtu),
        target: `${link.mtu} (${link.name})`,
        why: 'The bridge there drops the large frames of the guest: its connections hang',
        remedies: [
          {
            how: 'Raise it on the bridge and on each of its ports',
            on: 'target',
            commands: [`ip link set ${link.name} mtu ${nic.mtu}`],
          },
        ],
      }
    }
  },
})
