import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatSize, formatTime } from './format-quantity.ts'

test('formatSize() rounds to two or three digits', () => {
  const sizes = [0, 999, 1023, 1024, 48 * 2 ** 20, 1.25 * 2 ** 30, 1023.9 * 2 ** 20, 2 ** 60]
  assert.deepEqual(sizes.map(formatSize), [
    '0 B',
    '999 B',
    '1023 B',
    '1.0 KiB',
    '48 MiB',
    '1.3 GiB',
    '1.0 GiB',
    '1024 PiB',
  ])
})

test('formatTime() picks the unit', () => {
  const times = [0.3, 12, 99, 120, 820, 994.9, 1840, 14_000, 59_700, 185_000]
  assert.deepEqual(times.map(formatTime), [
    '0 ms',
    '12 ms',
    '99 ms',
    '0.12 s',
    '0.82 s',
    '0.99 s',
    '1.8 s',
    '14 s',
    '1 min 0 s',
    '3 min 5 s',
  ])
})
