import { rule } from '../rule.ts'
import { smallerMtu } from '../smaller-mtu.ts'

export const networkMtu = rule({
  id: 'network/mtu',
  title: "The target's bridges carry frames as large as the guest sends",
  doc:
    'The guest was told the MTU of its network when it booted and goes on using it. A bridge with a smaller MTU, or with uplinks that ' +
    'all have one, drops its large frames without a word: connections are set up and then hang.',
  remedy: 'Raise the MTU of the bridge and of each of its ports.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  check: (found, context) => smallerMtu(found, context, 'what the guest was told at its boot'),
})
