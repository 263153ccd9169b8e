import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZoneError } from '../../errors.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { maxChunkBytes } from './chunks.ts'
import { type Expected, headerBytes } from './header.ts'
import { eraseImage, hasImage, openImage } from './read-image.ts'
import { beginImage } from './write-image.ts'

const wholeStream = new AbortController().signal

/** Storage in memory; `bytes` is what is on it. */
function memoryStore(initial: Buffer = Buffer.alloc(0)): BlockStore & { bytes: Buffer } {
  const store = {
    bytes: initial,
    async read(offset: number, length: number): Promise<Buffer> {
      return Buffer.from(store.bytes.subarray(offset, offset + length))
    },
    async write(piece: Uint8Array, offset: number) {
      const end = Math.max(store.bytes.length, offset + piece.length)
      const next = Buffer.alloc(end)
      store.bytes.copy(next)
      next.set(piece, offset)
      store.bytes = next
    },
    async flush() {},
    async [Symbol.asyncDispose]() {},
  }
  return store
}

const expected = (): Expected => ({
  imageId: '6f1c1c1e-7a39-4c69-9d0a-5a1f4f4f0001',
  zone: '11111111-2222-4333-8444-555555555555',
  zoneKey: Buffer.alloc(32, 9),
  place: 'file:///image',
})

/** Bytes that do not compress, so that the chunks are as many as they look. */
const state = randomBytes(2 * maxChunkBytes + 12345)
const description = Buffer.from('{"what":"a machine"}')

async function written(content = state, identity = expected()) {
  const store = memoryStore()
  const image = await beginImage(store, { ...identity, description })
  await image.write(Readable.from([content]), wholeStream)
  await image.finish()
  return store
}

async function readBack(bytes: Buffer, identity = expected()) {
  const image = await openImage(memoryStore(bytes), identity)
  const pieces: Uint8Array[] = []
  await image.readTo(async (piece) => void pieces.push(piece), wholeStream)
  return { description: image.description, content: Buffer.concat(pieces) }
}

const named = (error: unknown) => {
  assert.ok(error instanceof ZoneError, String((error as Error).stack))
  assert.match(error.code, /^(IMAGE_(DAMAGED|OTHER|MISSING)|KEY_WRONG)$/)
  return true
}

for (const content of [Buffer.alloc(0), Buffer.alloc(5 * maxChunkBytes), state]) {
  test(`An image gives back ${content.length} bytes and its description as they were`, async () => {
    const { bytes } = await written(content)
    assert.deepEqual(await readBack(bytes), { description, content })
  })
}

test('What is on the storage shows nothing of the description, and zeros take no room', async () => {
  const { bytes } = await written(Buffer.alloc(64 * maxChunkBytes))
  assert.equal(bytes.includes(description), false)
  assert.ok(bytes.length < maxChunkBytes)
})

test('Bytes after the image, as a device has them, do not matter', async () => {
  const { bytes } = await written()
  assert.deepEqual((await readBack(Buffer.concat([bytes, randomBytes(5000)]))).content, state)
})

test('Until it is finished it is no image that could be resumed', async () => {
  const store = memoryStore()
  const image = await beginImage(store, { ...expected(), description })
  assert.equal(await hasImage(store), true)
  await image.write(Readable.from([state]), wholeStream)
  await assert.rejects(readBack(store.bytes), { code: 'IMAGE_DAMAGED', message: /never finished/ })
})

test('Over an older image a new one begins by taking its header away', async () => {
  const store = await written()
  const image = await beginImage(store, { ...expected(), imageId: crypto.randomUUID(), description })
  await assert.rejects(readBack(store.bytes), { code: 'IMAGE_OTHER' })
  await image.write(Readable.from([Buffer.from('short')]), wholeStream)
})

test('An erased image is none', async () => {
  const store = await written()
  await eraseImage(store)
  assert.equal(await hasImage(store), false)
  await assert.rejects(readBack(store.bytes), { code: 'IMAGE_MISSING' })
})

test('Another key, another zone, an older image: each is told by its name', async () => {
  const { bytes } = await written()
  const cases = [
    [{ zoneKey: Buffer.alloc(32, 8) }, 'KEY_WRONG'],
    [{ zone: '99999999-2222-4333-8444-555555555555' }, 'IMAGE_OTHER'],
    [{ imageId: crypto.randomUUID() }, 'IMAGE_OTHER'],
  ] as const
  for (const [change, code] of cases)
    await assert.rejects(readBack(bytes, { ...expected(), ...change }), { code })
})

test('A write that ends early is no image, and the error is the one of its source', async () => {
  const store = memoryStore()
  const image = await beginImage(store, { ...expected(), description })
  const reason = new Error('the guest went away')
  const source = Readable.from(
    (async function* () {
      yield state
      throw reason
    })(),
  )
  await assert.rejects(image.write(source, wholeStream), reason)
  await assert.rejects(readBack(store.bytes), named)
})

test('A flipped bit anywhere is found and named', async () => {
  const { bytes } = await written(Buffer.from('a small state'))
  const signed = bytes.length
  for (let bit = 0; bit < signed * 8; bit += signed > 4096 ? 7 : 1) {
    const place = bit >> 3
    const altered = Buffer.from(bytes)
    altered[place] = (altered[place] ?? 0) ^ (1 << (bit & 7))
    // The rest of the header's block is empty, and read by nobody.
    const isPadding = place < headerBytes && bytes.subarray(place, headerBytes).every((byte) => byte === 0)
    if (isPadding) continue
    await assert.rejects(readBack(altered), named, `bit ${bit}`)
  }
})

test('However an image is cut, it is found', async () => {
  const { bytes } = await written()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), (length) =>
      assert.rejects(readBack(bytes.subarray(0, length)), named),
    ),
    { numRuns: 60 },
  )
})

/** The chunks of an image, as they lie behind the header. */
function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let place = headerBytes; place < bytes.length; ) {
    const end = place + 4 + (bytes.readUInt32BE(place) & 0x7fff_ffff) + 16
    chunks.push(bytes.subarray(place, end))
    place = end
  }
  return chunks
}

test('Chunks in another order, missing, doubled or of another image of the zone are found', async () => {
  const { bytes } = await written()
  const older = await written(randomBytes(state.length))
  const head = bytes.subarray(0, headerBytes)
  const [chunks, foreign] = [chunksOf(bytes), chunksOf(older.bytes)]
  assert.equal(chunks.length, 4)
  const index = fc.integer({ min: 0, max: chunks.length - 1 })
  const arrangement = fc.array(fc.tuple(index, fc.boolean()), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(arrangement, async (wanted) => {
      const isWhole = wanted.map(([from, isForeign]) => (isForeign ? 'x' : from)).join() === '0,1,2,3'
      fc.pre(
        !isWhole &&
          !wanted
            .map(([from, alien]) => (alien ? 'x' : from))
            .join()
            .startsWith('0,1,2,3,'),
      )
      const arranged = wanted.flatMap(([from, isForeign]) => (isForeign ? foreign : chunks)[from] ?? [])
      await assert.rejects(readBack(Buffer.concat([head, ...arranged])), named)
    }),
    { numRuns: 200 },
  )
})

test('Anything at all in the place of an image is a named error, never a crash', async () => {
  const { bytes } = await written(Buffer.from('a small state'))
  const garbage = fc.uint8Array({ maxLength: 9000 }).map((array) => Buffer.from(array))
  const splice = fc.tuple(fc.integer({ min: 0, max: bytes.length }), garbage).map(([place, other]) => {
    const altered = Buffer.from(bytes)
    other.copy(altered, place)
    return altered
  })
  await fc.assert(
    fc.asyncProperty(fc.oneof(garbage, splice), async (altered) => {
      fc.pre(!altered.subarray(0, bytes.length).equals(bytes))
      await readBack(altered).then(({ content }) => assert.equal(content.toString(), 'a small state'), named)
    }),
    { numRuns: 300 },
  )
})
