import { configureBoth } from '../remedies.ts'
import { rule } from '../rule.ts'

export const memoryReserve = rule({
  id: 'memory/reserve',
  title: 'The zone counts on no memory reservation pool',
  doc:
    'capped-memory:memory-reserve names a pool of memory that a Solaris host sets aside for zones. Linux has no such ' +
    'pool, and kzone makes none: on either host the zone gets its memory from what is free, and the check promises it ' +
    'only that. Pages that are set aside at the boot of a host are had with pagesize-policy.',
  remedy: 'Clear memory-reserve, and set pagesize-policy=largest-only if the memory has to be set aside.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {},
  wants: { existing: 'targetContract' },
  check({ existing }, { contract, zone, target }) {
    const { reserve } = (existing ?? contract).memory
    if (reserve === undefined) return []
    const subcommands = ['select capped-memory', 'clear memory-reserve', 'end']
    return [
      {
        property: 'capped-memory:memory-reserve',
        source: reserve,
        target: `no pools on ${target.host.name}`,
        why: 'No memory is set aside for the zone there: its next boot finds what is free then',
        remedies: [
          {
            how: 'Clear it on both hosts, if the zone can do without',
            commands: configureBoth(zone.name, existing !== undefined && existing !== null, ...subcommands),
          },
        ],
      },
    ]
  },
})
