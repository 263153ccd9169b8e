import { rule } from '../rule.ts'

export const identityOtherHost = rule({
  id: 'identity/other-host',
  title: 'The target is another host',
  doc: 'A zone cannot be migrated to the host on which it is, under whatever name or address that host was given.',
  remedy: 'Name another host.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  check(_, { source, target, intent }) {
    if (source.host.id !== target.host.id) return []
    return [
      {
        property: 'host id',
        source: source.host.id,
        target: `${target.host.id} (${intent.targetUri})`,
        why: 'It is the host on which the zone is already',
        remedies: [{ how: 'Name another host' }],
      },
    ]
  },
})
