import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedWithin } from './changed-within.ts'

const short = { withinMs: 1000, bytes: 60 }

test('What one look has seen is taken to go on as steadily', () => {
  assert.equal(changedWithin([short], 500), 30)
  assert.equal(changedWithin([short], 10_000), 600)
})

test('A second look that sees the same rate changes nothing', () => {
  assert.equal(changedWithin([short, { withinMs: 3000, bytes: 170 }], 10_000), 600)
})

test('A guest that goes over the same pages again changes no more than these', () => {
  const changes = [short, { withinMs: 3000, bytes: 128 }] as const
  assert.equal(changedWithin(changes, 1000), 60)
  assert.equal(changedWithin(changes, 2000), 120)
  assert.equal(changedWithin(changes, 60_000), 128)
})
