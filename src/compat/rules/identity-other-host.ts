import { rule } from '../rule.ts'

export const identityOtherHost = rule({
  id: 'identity/other-host',
  title: 'The target is another host',
  doc:
    'A zone cannot be migrated to the host on which it is, under whatever name or address that host was given. kzone ' +
    'knows a host by an id that it makes once; a host made by copying the disk of another one has the same id.',
  remedy: 'Name another host. If it is another one, made by copying a disk, give it an id of its own.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  check(_, { source, target, intent }) {
    if (source.host.id !== target.host.id) return []
    return [
      {
        property: 'host id',
        source: `${source.host.id} (${source.host.name})`,
        target: `${target.host.id} (${target.host.name}, as ${intent.targetUri})`,
        why: 'It is the host on which the zone is already',
        remedies: [
          { how: 'Name another host' },
          {
            how: 'Or, if the host was made by copying the disk of the other, stop zonesd there while no zone runs, remove var/lib/zones/.host.json and start zonesd again: it makes a new id',
          },
        ],
      },
    ]
  },
})
