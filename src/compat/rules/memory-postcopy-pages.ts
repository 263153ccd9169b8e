import { backingPages, normalPageBytes } from '../backing-pages.ts'
import { exactBytes } from '../bytes.ts'
import { migrateWith } from '../remedies.ts'
import { rule } from '../rule.ts'

export const memoryPostcopyPages = rule({
  id: 'memory/postcopy-pages',
  title: 'With --postcopy the zone has pages of the same size on both hosts',
  doc:
    'Post-copy places the memory page by page under the running guest, so QEMU demands pages of one size at both ends, and ends ' +
    'the migration at its beginning where they differ. That happens with the page-size policy largest-available if the ' +
    'hosts have other huge pages free, and if the policy was changed after the boot.',
  remedy: 'Migrate without --postcopy, or see that both hosts back the zone with pages of one size.',
  kinds: ['live'],
  severity: 'error',
  needs: { booted: 'boot', pools: 'target.hugepages', existing: 'targetContract' },
  check({ booted, pools, existing }, context) {
    if (context.intent.postcopy !== true) return []
    const backing = backingPages((existing ?? context.contract).memory, pools)
    // Another rule refuses.
    if (backing.from === 'nowhere') return []
    const thereBytes = backing.from === 'pool' ? backing.sizeBytes : normalPageBytes
    if (thereBytes === booted.pagesizeBytes) return []
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `pages of ${exactBytes(booted.pagesizeBytes)}, and --postcopy`,
        target: `pages of ${exactBytes(thereBytes)}`,
        why: 'QEMU sends memory by post-copy only into pages of the same size',
        remedies: [{ how: 'Migrate without it', commands: [migrateWith(context)] }],
      },
    ]
  },
})
