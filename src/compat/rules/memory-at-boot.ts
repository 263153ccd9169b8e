import { lackingMemory, lackingPages } from '../lacking-memory.ts'
import { rule } from '../rule.ts'

export const memoryAtBoot = rule({
  id: 'memory/at-boot',
  title: 'The zone could boot on the target right away',
  doc:
    'A zone that is down takes its memory and its huge pages when it boots on the target, and ' +
    'nothing is held for it until then. So what is lacking there now is told, and does not keep it from moving: a host can ' +
    'be emptied onto one that has no room yet. If there still is none at that time, the boot says so, the zone stays as it ' +
    'is, and it can go back or elsewhere.',
  remedy: 'Free memory on the target before the zone boots there, or choose another one.',
  kinds: ['cold'],
  severity: 'warning',
  needs: {
    memory: 'target.memory',
    pools: 'target.hugepages',
    existing: 'targetContract',
    booted: 'boot',
  },
  wants: { zones: 'target.zones' },
  *check(found, context) {
    const { name } = context.target.host
    const why = `With what there is now on ${name} the zone would not start there; it would stay as it is`
    for (const lacking of [...lackingMemory(found, context), ...lackingPages(found, context)])
      yield { ...lacking, why }
  },
})
