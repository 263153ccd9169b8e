import { rule } from '../rule.ts'

export const identityMaintenance = rule({
  id: 'identity/maintenance',
  title: 'The target is not in maintenance',
  doc:
    'Whoever works on a host can put it into maintenance, with a reason: zones that run there go on, and no zone comes ' +
    'there until the work is done.',
  remedy: 'Choose another target, or end the maintenance once the work is done.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { reason: 'target.maintenance' },
  check({ reason }, { target }) {
    if (reason === null) return []
    const { name } = target.host
    return [
      {
        property: 'maintenance',
        source: 'a zone is to leave it',
        target: `${name} is in maintenance: ${reason}`,
        why: 'Somebody works on that host, and it may be shut down at any time',
        remedies: [
          { how: 'Choose another target' },
          {
            how: 'Or end the maintenance, if the work is done',
            on: 'target',
            commands: ['zonesd maintenance off'],
          },
        ],
      },
    ]
  },
})
