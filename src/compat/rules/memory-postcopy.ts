import { migrateWith } from '../remedies.ts'
import { rule } from '../rule.ts'

export const memoryPostcopy = rule({
  id: 'memory/postcopy',
  title: 'All of the memory is at the target before the guest goes on there',
  doc:
    'With --postcopy a guest that changes its memory faster than it can be sent goes on at the target before all of it is ' +
    'there; what it needs is fetched, and the rest follows. Until then its memory is on two hosts: if one of them or its ' +
    'QEMU fails, the guest is lost, and the zone is booted anew from its disks. If only the stream breaks, both halves are ' +
    'kept and it goes on when the hosts reach each other again; a guest that needs what is missing stands still meanwhile. ' +
    'A stream that breaks in the very moment of the switch loses the guest too. It comes to this only if a longer pause and ' +
    'slowing the guest down have not helped.',
  remedy: 'Leave --postcopy away: a guest that cannot be sent then goes on where it is.',
  kinds: ['live'],
  severity: 'warning',
  needs: {},
  check(_, context) {
    const { intent, target } = context
    if (intent.postcopy !== true) return []
    return [
      {
        property: 'memory transfer',
        source: '--postcopy',
        target: `may run on ${target.host.name} with a part of its memory still here`,
        why: 'If one of the two hosts fails before all of it is there, the guest is lost; its disks are not',
        remedies: [
          {
            how: 'If that is too much of a risk, migrate without it',
            commands: [migrateWith(context)],
          },
        ],
      },
    ]
  },
})
