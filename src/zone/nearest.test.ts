import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

test('nearest() finds the name that was meant, or none', () => {
  const names = ['device', 'dedicated-cpu', 'anet', 'net', 'autoboot']
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['devcie', 'device'],
    ['dev', 'device'],
    ['ANET', 'anet'],
    ['autobot', 'autoboot'],
    ['de', undefined],
    ['xyz', undefined],
    ['', undefined],
  ]
  for (const [typed, meant] of cases) assert.equal(nearest(typed, names), meant, typed)
})
