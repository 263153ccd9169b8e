import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOfSource, zoneKeyBytes } from './zone-key.ts'

test('A keysource of 32 bytes is the key; everything else gives one, always the same', () => {
  const key = Buffer.alloc(zoneKeyBytes, 0xa5)
  assert.deepEqual(keyOfSource(key.toString('hex')), key)
  assert.deepEqual(keyOfSource(key.toString('hex').toUpperCase()), key)
  assert.deepEqual(keyOfSource(key.toString('base64')), key)
  const derived = keyOfSource('0123abcd')
  assert.equal(derived.length, zoneKeyBytes)
  assert.deepEqual(keyOfSource('0123abcd'), derived)
  assert.notDeepEqual(keyOfSource('0123abce'), derived)
})
