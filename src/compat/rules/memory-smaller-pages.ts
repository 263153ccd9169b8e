import { backingPages, normalPageBytes } from '../backing-pages.ts'
import { exactBytes } from '../bytes.ts'
import { rule } from '../rule.ts'

export const memorySmallerPages = rule({
  id: 'memory/smaller-pages',
  title: 'The zone keeps pages of the same size on the target',
  doc:
    'A zone whose page-size policy lets it run on smaller pages goes on with those if the target has too few ' +
    'large ones. That is correct, but slower.',
  remedy: 'Add huge pages of this size on the target, if the speed matters.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', pools: 'target.hugepages', existing: 'targetContract' },
  check({ booted, pools, existing }, { contract }) {
    const backing = backingPages((existing ?? contract).memory, pools)
    if (backing.from === 'nowhere') return []
    const thereBytes = backing.from === 'pool' ? backing.sizeBytes : normalPageBytes
    if (thereBytes >= booted.pagesizeBytes) return []
    const pool = pools.find(({ sizeBytes }) => sizeBytes === booted.pagesizeBytes)
    const size = exactBytes(booted.pagesizeBytes)
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `${exactBytes(booted.memoryBytes)} in pages of ${size}`,
        target: `pages of ${exactBytes(thereBytes)} (of ${size} there are ${pool?.free ?? 0} free)`,
        why: 'The guest goes on with smaller pages there, and gets slower',
        remedies: [],
      },
    ]
  },
})
