import { rule } from '../rule.ts'
import { smallerMtu } from '../smaller-mtu.ts'

export const networkMtuAtBoot = rule({
  id: 'network/mtu-at-boot',
  title: "The target's bridges carry frames as large as the guest will send",
  doc:
    'A zone that is down is told the MTU of its network at its next boot: what its configuration says, else that of ' +
    'Ethernet. A bridge with a smaller MTU, or with uplinks that all have one, drops its large frames. As the zone does not run, there is time to raise it.',
  remedy: 'Raise the MTU of the bridge and of each of its ports before the zone boots there.',
  kinds: ['cold'],
  severity: 'warning',
  needs: { booted: 'boot', links: 'target.links', auto: 'target.defaultLink', existing: 'targetContract' },
  check: (found, context) => smallerMtu(found, context, 'what the guest will be told at its next boot'),
})
