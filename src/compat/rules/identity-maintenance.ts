import { rule } from '../rule.ts'

export const identityMaintenance = rule({
  id: 'identity/maintenance',
  title: 'The target is not in maintenance, and does not go down',
  doc:
    'Whoever works on a host can put it into maintenance, with a reason: zones that run there go on, and no zone comes ' +
    'there until the work is done. Nor does one come to a host that ends its zones to go down, or has ended them, until ' +
    'zones boot there again.',
  remedy:
    'Choose another target, or end the maintenance once the work is done; if the host stays up after all, boot its zones.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { reason: 'target.maintenance' },
  *check({ reason }, { target }) {
    if (reason !== null) {
      yield {
        property: 'maintenance',
        source: 'a zone is to leave it',
        target: `${target.host.name} is in maintenance: ${reason}`,
        why: 'Somebody works on that host, and it may be shut down at any time',
        remedies: [
          { how: 'Choose another target' },
          {
            how: 'Or end the maintenance, if the work is done',
            on: 'target',
            commands: ['zonesd maintenance off'],
          },
        ],
      }
    }
    if (target.goingDown !== true) return
    yield {
      property: 'shutdown',
      source: 'a zone is to leave it',
      target: `${target.host.name} goes down`,
      why: 'That host has ended its zones or is about to, and lets none begin to run',
      remedies: [
        { how: 'Choose another target' },
        { how: 'Or boot its zones, if it stays up', on: 'target', commands: ['zonesd boot-zones'] },
      ],
    }
  },
})
