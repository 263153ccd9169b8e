import { exactBytes } from '../bytes.ts'
import { freeInPool, isPoolBacked, mayUseSmallerPages } from '../huge-pages.ts'
import { rule } from '../rule.ts'

export const memoryPages = rule({
  id: 'memory/pages',
  title: 'The target has the huge pages that the page-size policy demands',
  doc:
    'With the page-size policy fixed or largest-only the memory of the zone comes from a pool of huge pages. The ' +
    'target needs as many free pages of the same size: they cannot be made from memory that is in use.',
  remedy: 'Add huge pages of this size on the target.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', sourcePools: 'source.hugepages', targetPools: 'target.hugepages' },
  check({ booted, sourcePools, targetPools }, { contract, target }) {
    if (!isPoolBacked(booted, sourcePools) || mayUseSmallerPages(contract)) return []
    const freeBytes = freeInPool(booted, targetPools)
    if (freeBytes >= booted.memoryBytes) return []
    const { pagesizeBytes } = booted
    const missing = Math.ceil((booted.memoryBytes - freeBytes) / pagesizeBytes)
    const pool = `/sys/kernel/mm/hugepages/hugepages-${pagesizeBytes / 1024}kB/nr_hugepages`
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `${booted.memoryBytes / pagesizeBytes} pages of ${exactBytes(pagesizeBytes)}`,
        target: `${freeBytes / pagesizeBytes} free`,
        why: 'Without these pages the zone does not start there at all',
        remedies: [
          {
            how: `Make ${missing} more on ${target.host.name}`,
            on: 'target',
            commands: [`echo $(( $(cat ${pool}) + ${missing} )) > ${pool}`],
          },
        ],
      },
    ]
  },
})
