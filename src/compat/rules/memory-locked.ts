import { exactBytes } from '../bytes.ts'
import { rule } from '../rule.ts'

const property = 'locked memory'

export const memoryLocked = rule({
  id: 'memory/locked',
  title: 'The target may lock as much memory as the guest has locked',
  doc:
    'If QEMU has locked memory of the guest at the source, QEMU on the target has to lock as much, and the limit of ' +
    'its user there (RLIMIT_MEMLOCK) may not allow that. Root has no limit.',
  remedy: 'Raise the limit of the service zonesd on the target, or run zonesd as root.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.lockedMemory' },
  check({ booted: { lockedBytes }, there: { limitBytes } }, { target }) {
    if (limitBytes === null) return []
    const remedies = [
      {
        how: `Raise the limit (LimitMEMLOCK=infinity in the unit of zonesd, or ulimit -l), and start zonesd on ${target.host.name} again`,
        on: 'target' as const,
        commands: ['systemctl edit zonesd', 'systemctl restart zonesd'],
      },
    ]
    if (lockedBytes === null) {
      return [
        { property, on: 'source', unknown: 'how much memory the guest has locked was not told', remedies },
      ]
    }
    if (lockedBytes <= limitBytes) return []
    return [
      {
        property,
        source: `${exactBytes(lockedBytes)} locked`,
        target: `at most ${exactBytes(limitBytes)} may be locked`,
        why: 'QEMU there would not start, or the guest be swapped out',
        remedies,
      },
    ]
  },
})
