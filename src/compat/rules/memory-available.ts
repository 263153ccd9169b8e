import { lackingMemory } from '../lacking-memory.ts'
import { rule } from '../rule.ts'

export const memoryAvailable = rule({
  id: 'memory/available',
  title: 'The target has memory for the zone',
  doc:
    'The zone needs its whole capped-memory:physical on the target. What has been promised to other zones and to ' +
    'incoming migrations there does not count as free, even if they have not touched it yet, nor do pools of huge ' +
    'pages. Memory that the zone takes from such a pool is the matter of memory/pages, and a zone that is down, and ' +
    'takes its memory at its next boot, that of memory/at-boot.',
  remedy: 'Free memory on the target, or choose another one.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: {
    memory: 'target.memory',
    pools: 'target.hugepages',
    existing: 'targetContract',
    booted: 'boot',
  },
  wants: { zones: 'target.zones' },
  check: lackingMemory,
})
