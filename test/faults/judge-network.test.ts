import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Heard, networkViolations } from './judge-network.ts'

const heard: Heard = {
  damaged: [],
  gaps: [],
  backwards: [],
  lowest: 120,
  places: ['alpha', 'beta'],
  longestSilenceMs: 80,
  pings: { lost: 1, longestGapMs: 100 },
}
const expected = { lastNumber: 100, isAnew: false, mayBeAt: ['alpha', 'beta'] } as const

test('networkViolations() finds none in one guest that moves', () => {
  assert.deepEqual(networkViolations(heard, expected), [])
  assert.deepEqual(networkViolations({ ...heard, places: ['beta'] }, expected), [])
  const quiet: Heard = { ...heard, places: [], lowest: undefined }
  assert.deepEqual(networkViolations(quiet, { ...expected, mayBeAt: ['alpha'] }), [])
})

test('networkViolations() finds damage, numbers that go back, and a second speaker', () => {
  const broken = { ...heard, damaged: ['12x'], gaps: ['9 after 7'], backwards: ['120 after 125'], lowest: 99 }
  assert.deepEqual(networkViolations({ ...broken, places: ['alpha', 'beta', 'alpha'] }, expected), [
    'the network was told "12x"',
    'the network was told 9 after 7 on one connection',
    'the network was told 120 after 125',
    'the network was told 99; 100 was on the disk before',
    'the switch has not seen the guest at beta',
    'the guest spoke from alpha, then beta, then alpha',
  ])
  const stayed = { ...expected, mayBeAt: ['alpha'] } as const
  assert.deepEqual(networkViolations(heard, stayed), ['the guest spoke from alpha, then beta'])
})

test('networkViolations() lets a guest that was booted anew begin again', () => {
  const anew = { ...heard, backwards: ['12 after 125'], lowest: 12 }
  assert.deepEqual(networkViolations(anew, { ...expected, isAnew: true }), [])
})
