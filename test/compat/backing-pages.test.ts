import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backingPages } from '../../src/compat/backing-pages.ts'
import { ZoneError } from '../../src/errors.ts'
import { backingPageBytes } from '../../src/vm/memory-backend.ts'
import type { ContractMemory } from '../../src/zone/contract.ts'

const sizes = [2 ** 21, 2 ** 25, 2 ** 30]

test('backingPages() decides as the boot on that host does', () => {
  const pools = fc
    .subarray(sizes)
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((sizeBytes) => fc.nat({ max: 3000 }).map((free) => ({ sizeBytes, free, total: 3000 }))),
      ),
    )
  const memory = fc.record({
    physicalBytes: fc.integer({ min: 1, max: 2000 }).map((count) => count * 2 ** 21),
    pagesizePolicy: fc.constantFrom(undefined, 'smallest-only', 'largest-only', 'largest-available', 'fixed'),
    pagesizeBytes: fc.constantFrom(...sizes),
  })
  fc.assert(
    fc.property(memory, pools, (wanted, offered) => {
      const backing = backingPages(wanted, offered)
      const pageBytes = backing.from === 'pool' ? backing.sizeBytes : backing.from
      assert.equal(pageBytes, atBoot(wanted, offered))
    }),
    { numRuns: 500 },
  )
})

function atBoot(memory: ContractMemory, pools: readonly { sizeBytes: number; free: number }[]) {
  try {
    const offered = pools.map(({ sizeBytes, free }) => ({ sizeBytes, freePages: free }))
    return backingPageBytes(memory, offered) ?? 'normal'
  } catch (error) {
    assert.ok(error instanceof ZoneError)
    return 'nowhere'
  }
}
