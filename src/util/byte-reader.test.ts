import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from './byte-reader.ts'

test('Whatever the pieces of a stream, reading gives its bytes in order and leaves none out', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 })
  const lengths = fc.array(fc.nat(25), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(pieces, lengths, async (given, asked) => {
      const all = Buffer.concat(given)
      const reader = new ByteReader(
        (async function* () {
          yield* given
        })(),
      )
      let place = 0
      for (const length of asked) {
        const bytes = await reader.read(length)
        assert.deepEqual(bytes, all.subarray(place, place + length))
        place += bytes.length
      }
      assert.deepEqual(await reader.read(all.length + 1), all.subarray(place))
    }),
  )
})
