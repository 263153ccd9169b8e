import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactBytes, roughBytes } from './bytes.ts'

test('exactBytes() tells any two numbers of bytes apart', () => {
  const bytes = fc.oneof(
    fc.nat(),
    fc.nat({ max: 5000 }).map((count) => count * 2 ** 30),
  )
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(exactBytes(a) === exactBytes(b), a === b)
    }),
  )
  assert.equal(exactBytes(16 * 2 ** 30), '16G')
  assert.equal(exactBytes(0), '0')
})

test('roughBytes() rounds down to a tenth', () => {
  assert.equal(roughBytes(4 * 2 ** 30 - 1), '3.9G')
  assert.equal(roughBytes(1023), '1023')
})
