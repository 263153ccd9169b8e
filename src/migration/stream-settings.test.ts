import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseCompression } from './stream-settings.ts'

test('An encrypted stream is compressed if both ends can; one in the clear never is', () => {
  const able = { streamCompressions: ['zstd'] }
  const unable = { streamCompressions: [] }
  assert.equal(chooseCompression(true, able, able), 'zstd')
  assert.equal(chooseCompression(true, able, unable), 'none')
  assert.equal(chooseCompression(true, unable, able), 'none')
  assert.equal(chooseCompression(false, able, able), 'none')
})
