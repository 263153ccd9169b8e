import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { mebibyteBytes, size, tebibyteBytes } from './size.ts'
import { choice, matching } from './value-kind.ts'

const leastBytes = 2 * mebibyteBytes

const physical = size((bytes) => {
  if (bytes > 2 * tebibyteBytes) return 'physical value is too large. It must be at most 2T.'
  return bytes % leastBytes === 0 ? undefined : 'physical value must be a multiple of 2M.'
})

const pagesize = size((bytes) => {
  if (bytes < leastBytes) return 'pagesize value is too small. It must be at least 2M.'
  return Number.isInteger(Math.log2(bytes)) ? undefined : 'pagesize value must be a power of two.'
})

/** `capped-memory`: the guest's memory. */
export const cappedMemory = resourceType(
  'capped-memory',
  'Memory of the guest, allocated in full at boot',
  [
    property('physical', 'Amount of memory: a multiple of 2M, at most 2T', physical, {
      required: true,
      match: true,
      effect: 'acted-on',
    }),
    property(
      'pagesize-policy',
      'Which size of memory pages to use; unset: the smallest that boots',
      choice('largest-available', 'largest-only', 'smallest-only', 'fixed'),
      { shown: 'if-set', match: true, effect: 'acted-on' },
    ),
    property('pagesize', 'Size of memory pages, with pagesize-policy=fixed', pagesize, {
      shown: 'if-set',
      match: true,
      effect: 'acted-on',
    }),
    property(
      'memory-reserve',
      'Memory reservation pool on the host',
      matching('pool', 'the name of a memory reservation pool', /^[\w.-]{1,128}$/),
      { shown: 'if-set' },
    ),
    property(
      'memlzr',
      'strict: a live change of the amount succeeds in full or not at all',
      choice('strict'),
      {
        shown: 'if-set',
      },
    ),
  ],
  { count: 'one' },
)
