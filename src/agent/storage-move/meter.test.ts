import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '../progress.ts'
import { meter } from './meter.ts'

test('The rate is that of the last seconds, and what is left never less than nothing', () => {
  const seen: Extract<Progress, { kind: 'transfer' }>[] = []
  let nowMs = 0
  const show = meter(
    (value) => value.kind === 'transfer' && seen.push(value),
    () => nowMs,
  )
  show(0, 1000)
  for (nowMs = 1000; nowMs <= 10_000; nowMs += 1000) show(Math.min(nowMs / 10, 600), 1000)
  assert.equal(seen[0]?.bytesPerSecond, 0)
  assert.equal(seen[5]?.bytesPerSecond, 100)
  assert.equal(seen.at(-1)?.bytesPerSecond, 0, 'it stands still')
  show(1100, 1000)
  assert.deepEqual([seen.at(-1)?.remainingBytes, seen.at(-1)?.transferredBytes], [0, 1100])
})
