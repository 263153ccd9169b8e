import { backingPages } from '../backing-pages.ts'
import { exactBytes } from '../bytes.ts'
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
  check({ pools, existing }, { contract, target }) {
    const { memory } = existing ?? contract
    const backing = backingPages(memory, pools)
    if (backing.from !== 'nowhere') return []
    const { sizeBytes, freePages } = backing
    const why = 'Without these pages the zone does not start there at all'
    const policy = memory.pagesizePolicy ?? ''
    if (sizeBytes === undefined) {
      return [
        {
          property: 'capped-memory:pagesize-policy',
          source: `${policy}, for ${exactBytes(memory.physicalBytes)}`,
          target: 'no huge pages of any size',
          why,
          remedies: [
            {
              how: `Give ${target.host.name} huge pages at its boot (hugepagesz= and hugepages= of the kernel)`,
            },
          ],
        },
      ]
    }
    const needed = Math.ceil(memory.physicalBytes / sizeBytes)
    const pool = `/sys/kernel/mm/hugepages/hugepages-${sizeBytes / 1024}kB/nr_hugepages`
    const missing = needed - freePages
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `${policy}: ${needed} pages of ${exactBytes(sizeBytes)}`,
        target: `${freePages} pages of ${exactBytes(sizeBytes)} free`,
        why:
          missing > 0
            ? why
            : `An amount of ${exactBytes(memory.physicalBytes)} is no multiple of such a page`,
        remedies: [
          missing > 0
            ? {
                how: `Make ${missing} more on ${target.host.name}, and see how many there are then: the kernel makes as many as it can`,
                on: 'target',
                commands: [`echo $(( $(cat ${pool}) + ${missing} )) > ${pool}; cat ${pool}`],
              }
            : { how: 'Choose an amount of memory that is a multiple of the page size, on both hosts' },
        ],
      },
    ]
  },
})
