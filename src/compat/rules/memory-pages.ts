import { lackingPages } from '../lacking-memory.ts'
import { rule } from '../rule.ts'

export const memoryPages = rule({
  id: 'memory/pages',
  title: 'The target has the huge pages that the page-size policy demands',
  doc:
    'With the page-size policy fixed or largest-only the memory of the zone comes from a pool of huge pages. The ' +
    'target needs as many free pages of that size: they cannot be made from memory that is in use.',
  remedy: 'Add huge pages of this size on the target.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { pools: 'target.hugepages', existing: 'targetContract' },
  check: lackingPages,
})
