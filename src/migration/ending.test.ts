import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endingMs, expected } from './ending.ts'

test('What was changed is no part of it, and a rate that was too low makes it no less than nothing', () => {
  const ending = { stoppedAtMs: 1000, dataMs: 40 }
  assert.equal(endingMs(ending, 1160), 120)
  assert.equal(endingMs(ending, 1030), 0)
})

test('What is expected is the median of what was measured and a guess: one migration out of the ordinary is not followed', () => {
  assert.equal(expected([], 60), 60)
  assert.equal(expected([20], 60), 40)
  assert.equal(expected([20, 25], 60), 25)
  assert.equal(expected([20, 500], 60), 60)
  assert.equal(expected([20, 25, 22, 500, 24], 60), 24.5)
})
