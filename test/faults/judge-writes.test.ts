import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostWrites, secondWriters } from './judge-writes.ts'

const boot = 'a1b2c3d4'

/** Writes as `HOST WRITE NUMBER [BOOT]`; a question mark at the end: not confirmed. */
function log(...lines: readonly string[]) {
  return lines.map((line, index) => {
    const [host = '', write, number, bootId = boot] = line.replace('?', '').trim().split(' ')
    return {
      id: index + 1,
      host,
      write: Number(write),
      number: Number(number),
      bootId,
      isConfirmed: !line.endsWith('?'),
    }
  })
}

test('secondWriters() finds nothing in a guest that moves, is booted anew, or repeats what was not confirmed', () => {
  assert.deepEqual(secondWriters(log('alpha 1 10', 'alpha 2 17', 'beta 3 24', 'beta 4 31')), [])
  assert.deepEqual(secondWriters(log('alpha 1 10', 'alpha 2 17 ?', 'alpha 2 17', 'alpha 3 24')), [])
  assert.deepEqual(secondWriters(log('alpha 7 70', 'beta 8 77', 'alpha 1 5 other', 'alpha 2 9 other')), [])
})

test('secondWriters() finds a source that goes on after its guest has left', () => {
  const [fault = ''] = secondWriters(log('alpha 1 10', 'beta 2 17', 'alpha 3 24'))
  assert.match(fault, /^alpha wrote 3 .* after the guest had left that host$/)
})

test('secondWriters() finds a guest that goes on from memory that went on elsewhere', () => {
  assert.match(
    secondWriters(log('alpha 1 10', 'alpha 2 17', 'beta 2 18'))[0] ?? '',
    /beta wrote 2 .* after alpha wrote 2/,
  )
  assert.match(secondWriters(log('alpha 1 10', 'alpha 2 17', 'alpha 2 17'))[0] ?? '', /after alpha wrote 2/)
})

test('secondWriters() finds a guest that writes after its successor was booted', () => {
  const [fault = ''] = secondWriters(log('alpha 1 10', 'beta 1 5 other', 'alpha 2 17'))
  assert.match(fault, /after a later boot had written$/)
})

test('lostWrites() finds a confirmed write that the disk does not hold, and allows what came later', () => {
  const writes = log('alpha 1 10', 'alpha 2 17', 'alpha 3 24 ?')
  const confirmed = new Set([1, 2])
  const [first, second, third] = writes
  const ring = [undefined, first, second, third]
  assert.deepEqual(lostWrites(confirmed, ring, writes), [])
  assert.deepEqual(lostWrites(confirmed, [undefined, first, second], writes), [], 'an unconfirmed write')
  assert.match(lostWrites(confirmed, [undefined, first], writes)[0] ?? '', /confirmed: alpha wrote 2/)
  const overwritten = [undefined, first, { write: 66, number: 400, bootId: boot }]
  assert.match(lostWrites(confirmed, overwritten, writes)[0] ?? '', /confirmed: alpha wrote 2/)
  assert.deepEqual(lostWrites(confirmed, overwritten, [...writes, ...log('alpha 66 400 ?')]), [])
})
