import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import { check } from '../../compat/check.ts'
import { UnderWay } from './under-way.ts'

const transfer = {
  kind: 'transfer',
  remainingBytes: 1,
  totalBytes: 2,
  transferredBytes: 1,
  bytesPerSecond: 1,
  pass: 1,
} as const

test('A migration under way tells its phase, what it said last, and its warnings', () => {
  const underWay = new UnderWay('live', 'ssh://beta', 1000)
  assert.partialDeepStrictEqual(underWay.status(3000), {
    direction: 'out',
    kind: 'live',
    target: 'ssh://beta',
    elapsedMs: 2000,
    phase: null,
    step: null,
    warnings: null,
    transfer: null,
  })
  underWay.begin('check')
  underWay.note({ kind: 'line', text: 'Checking migration compatibility.' })
  underWay.note({ kind: 'report', report: check(sampleInput()) })
  assert.partialDeepStrictEqual(underWay.status(), {
    phase: 'check',
    step: 'Checking migration compatibility.',
    warnings: 0,
  })
})

test('What is expected of it is told until the switch-over, and how long ago it was measured', () => {
  const underWay = new UnderWay('live', 'ssh://beta')
  assert.equal(underWay.status().forecast, null)
  const forecast = {
    converges: true,
    transferMs: 4000,
    pauseMs: 60,
    bytesPerSecond: 9,
    dirtyBytesPerSecond: 1,
  }
  underWay.expect({ forecast, wishes: { cipher: null }, target: 'beta', atMs: 1000 })
  underWay.begin('transfer')
  assert.deepEqual(underWay.status(3000).forecast, { ...forecast, agoMs: 2000 })
  underWay.begin('hand-over')
  assert.equal(underWay.status().forecast, null)
})

test('Progress of the memory is told while it is sent, and not afterwards', () => {
  const underWay = new UnderWay('live', 'ssh://beta')
  underWay.begin('transfer')
  underWay.note(transfer)
  assert.deepEqual(underWay.status().transfer, transfer)
  underWay.begin('hand-over')
  assert.equal(underWay.status().transfer, null)
})
