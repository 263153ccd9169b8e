import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PagePool } from '../compat/backing-pages.ts'
import { backingPageBytes, memoryBackend } from './memory-backend.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
const pool = (sizeBytes: number, free: number): PagePool => ({ sizeBytes, free })
const plenty = [pool(2 * mib, 100_000), pool(gib, 100)]
const exhausted = [pool(2 * mib, 0), pool(gib, 0)]

type Case = readonly [
  policy: string | undefined,
  physicalBytes: number,
  pools: readonly PagePool[],
  answer: number | undefined | string,
  pagesizeBytes?: number,
]

// Answer: page size, undefined for normal pages, or the code of the refusal.
const cases: Readonly<Record<string, Case>> = {
  'unset takes normal pages though there are huge ones': [undefined, 4 * gib, plenty, undefined],
  'smallest-only takes normal pages': ['smallest-only', 4 * gib, plenty, undefined],
  'largest-available takes the largest': ['largest-available', 4 * gib, plenty, gib],
  'largest-available takes the next if the largest are too few': [
    'largest-available',
    4 * gib,
    [pool(2 * mib, 2048), pool(gib, 3)],
    2 * mib,
  ],
  'largest-available does not split memory that is no multiple': [
    'largest-available',
    gib + 2 * mib,
    plenty,
    2 * mib,
  ],
  'largest-available falls back to normal pages': ['largest-available', 4 * gib, exhausted, undefined],
  'largest-available on a host without huge pages': ['largest-available', 4 * gib, [], undefined],
  'largest-available with exactly enough': ['largest-available', 4 * gib, [pool(gib, 4)], gib],
  'largest-only takes the largest': ['largest-only', 4 * gib, plenty, gib],
  'largest-only refuses the next': [
    'largest-only',
    4 * gib,
    [pool(2 * mib, 2048), pool(gib, 3)],
    'NO_HUGE_PAGES',
  ],
  'largest-only on a host without huge pages': ['largest-only', 4 * gib, [], 'NO_HUGE_PAGES'],
  'fixed takes what it says': ['fixed', 4 * gib, plenty, 2 * mib, 2 * mib],
  'fixed refuses if they are too few': ['fixed', 4 * gib, exhausted, 'NO_HUGE_PAGES', 2 * mib],
  'fixed refuses a size that the host does not have': [
    'fixed',
    4 * gib,
    plenty,
    'PAGESIZE_UNKNOWN',
    16 * mib,
  ],
  'fixed without a size': ['fixed', 4 * gib, plenty, 'PAGESIZE_UNKNOWN'],
}

for (const [title, [pagesizePolicy, physicalBytes, pools, answer, pagesizeBytes]] of Object.entries(cases)) {
  test(`backingPageBytes(): ${title}`, () => {
    for (const order of [pools, pools.toReversed()]) {
      const choose = () => backingPageBytes({ physicalBytes, pagesizePolicy, pagesizeBytes }, order)
      if (typeof answer === 'string') assert.throws(choose, { code: answer })
      else assert.equal(choose(), answer)
    }
  })
}

test('The refusals have the words of Solaris, and say what this host has', () => {
  const memory = { physicalBytes: 4 * gib, pagesizePolicy: 'fixed', pagesizeBytes: 16 * mib }
  assert.throws(() => backingPageBytes(memory, plenty), {
    message: 'The capped-memory:pagesize value 16M is not supported on this host',
    remedy: 'Use one of: 2M, 1G',
  })
  assert.throws(() => backingPageBytes({ ...memory, pagesizePolicy: 'largest-only' }, []), {
    message:
      'Not enough contiguous free memory pages to allocate capped-memory:physical value of 4GB for zone',
  })
})

test('memoryBackend() takes huge pages in full at the start, and normal pages when they are touched', () => {
  assert.equal(memoryBackend(512 * mib, undefined), 'memory-backend-ram,id=pc.ram,size=512M')
  assert.equal(
    memoryBackend(2 * gib, gib),
    'memory-backend-memfd,id=pc.ram,size=2048M,hugetlb=on,hugetlbsize=1024M,prealloc=on',
  )
})
