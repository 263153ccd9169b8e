import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBandwidth, parsePause } from './transfer-limits.ts'

test('A pause is a number with its unit', () => {
  assert.deepEqual(['500ms', '2s', '1.5s', '1m'].map(parsePause), [500, 2000, 1500, 60_000])
  for (const text of ['', '500', '0ms', '-1s', '1h', '3000s', 's', '1e3ms', '0.0001s']) {
    assert.throws(() => parsePause(text), { code: 'USAGE' }, text)
  }
})

test('A bandwidth is a size, for each second', () => {
  assert.deepEqual(['100M', '1.5G', '65536', '10M/s'].map(parseBandwidth), [
    100 * 2 ** 20,
    1.5 * 2 ** 30,
    65_536,
    10 * 2 ** 20,
  ])
  for (const text of ['', '0', '1K', 'fast', '-100M', '100MB']) {
    assert.throws(() => parseBandwidth(text), { code: 'USAGE' }, text)
  }
})
