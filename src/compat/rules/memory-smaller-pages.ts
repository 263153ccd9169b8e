import { exactBytes } from '../bytes.ts'
import { freeInPool, isPoolBacked, mayUseSmallerPages } from '../huge-pages.ts'
import { rule } from '../rule.ts'

export const memorySmallerPages = rule({
  id: 'memory/smaller-pages',
  title: 'The zone keeps its huge pages on the target',
  doc:
    'A zone whose page-size policy lets it run on smaller pages goes on without huge pages if the target has too few ' +
    'of them. That is correct, but slower.',
  remedy: 'Add huge pages of this size on the target, if the speed matters.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', sourcePools: 'source.hugepages', targetPools: 'target.hugepages' },
  check({ booted, sourcePools, targetPools }, { contract }) {
    if (!isPoolBacked(booted, sourcePools) || !mayUseSmallerPages(contract)) return []
    const freeBytes = freeInPool(booted, targetPools)
    if (freeBytes >= booted.memoryBytes) return []
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `${exactBytes(booted.memoryBytes)} in pages of ${exactBytes(booted.pagesizeBytes)}`,
        target: `${exactBytes(freeBytes)} free in such pages`,
        why: 'The guest goes on with smaller pages there, and gets slower',
        remedies: [],
      },
    ]
  },
})
