import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { XdrReader, xdrLong, xdrNumbers, xdrOpaque } from './xdr.ts'

test('XdrReader reads what was encoded, whatever its length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.maxSafeNat(), (bytes, number, long) => {
      const encoded = Buffer.concat([xdrOpaque(bytes), xdrNumbers(number), xdrLong(long)])
      assert.equal(encoded.length % 4, 0)
      const reader = new XdrReader(encoded)
      assert.deepEqual([...reader.opaque()], [...bytes])
      assert.deepEqual([reader.number(), reader.long()], [number, BigInt(long)])
    }),
  )
})

test('XdrReader refuses an answer that ends too early, and one that lies about its length', () => {
  const short = { message: /less than it should/ }
  assert.throws(() => new XdrReader(Buffer.alloc(3)).number(), short)
  assert.throws(() => new XdrReader(xdrNumbers(0xffff_ffff)).opaque(), short)
  assert.throws(() => new XdrReader(Buffer.alloc(80)).skip(84), short)
})
