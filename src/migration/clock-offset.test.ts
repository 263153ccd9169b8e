import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockOffset } from './clock-offset.ts'

test('clockOffset() is as sharp as the way is fast', () => {
  const facts = { gatheredAt: new Date(1_000_000).toISOString() }
  assert.deepEqual(clockOffset(999_900, 1_000_300, facts), { leastMs: -300, mostMs: 100 })
  assert.deepEqual(clockOffset(990_000, 990_010, facts), { leastMs: 9990, mostMs: 10_000 })
})
