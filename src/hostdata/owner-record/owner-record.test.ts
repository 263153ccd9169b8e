import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BlockStore } from '../../storage/block-store.ts'
import { areaBytes, eraseArea, lookAtArea, openArea, readArea, writeRecord } from './area.ts'
import type { OwnerRecord } from './owner-record.ts'
import { lookAtSlot, openSlot, sealSlot, slotBytes } from './slot.ts'

const zone = '7d3c1d7e-6f0e-4a9b-9c53-1a2b3c4d5e6f'
const zoneKey = randomBytes(32)
const place = 'iscsi://10.0.0.1/target.iqn.x,lun.1'
const expected = { zone, zoneKey, place }

const recordOf = (generation: number, own: Partial<OwnerRecord> = {}): OwnerRecord => ({
  schema: 1,
  zone,
  name: 'web1',
  generation,
  owner: { id: 'id-of-alpha', name: 'alpha' },
  state: 'running',
  updatedAt: '2026-11-27T10:00:00.000Z',
  sizeBytes: 1024 ** 3,
  ...own,
})

/** Storage in memory whose writes may be cut off in the middle. */
function memoryStore(bytes = areaBytes): BlockStore & { readonly content: Buffer; cutAfter?: number } {
  const content = Buffer.alloc(bytes)
  return {
    content,
    async read(offset, length) {
      return Buffer.from(content.subarray(offset, offset + length))
    },
    async write(piece, offset) {
      content.set(this.cutAfter === undefined ? piece : piece.subarray(0, this.cutAfter), offset)
    },
    flush: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function written(count: number, own?: Partial<OwnerRecord>) {
  const store = memoryStore()
  for (let sequence = 1; sequence <= count; sequence += 1) {
    await writeRecord(store, 0, { record: recordOf(sequence, own), sequence }, zoneKey)
  }
  return store
}

const generationIn = async (store: BlockStore) =>
  openArea(await readArea(store, 0), expected)?.record.generation

test('The newest of the records is read, and nothing where nothing was written', async () => {
  assert.equal(await generationIn(memoryStore()), undefined)
  for (const count of [1, 2, 3, 8]) assert.equal(await generationIn(await written(count)), count)
})

test('A write that is cut off anywhere leaves the record before it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: slotBytes - 1 }), async (cutAfter) => {
      const store = await written(3)
      store.cutAfter = cutAfter
      await writeRecord(store, 0, { record: recordOf(4), sequence: 4 }, zoneKey)
      // The slot of number 4 had number 2: what is left of it may be whole if nothing was written.
      assert.equal(await generationIn(store), 3)
    }),
  )
})

test('Nothing of the record can be read without the key, and no two blocks are the same', async () => {
  const secret = { image: { id: 'a-secret-id', place: '/a/secret/place' } }
  const [one, two] = [1, 2].map(() => sealSlot({ record: recordOf(1, secret), sequence: 1 }, zoneKey))
  assert.equal(one?.includes('secret'), false)
  assert.notDeepEqual(one, two)
  assert.deepEqual(lookAtSlot(one ?? Buffer.alloc(0)), { status: 'sealed', zone, sequence: 1 })
})

test('Each single bit of either copy that changes is found, and the other copy is used', async () => {
  const area = await readArea(await written(5), 0)
  // Number 5 is in the second copy, number 4 in the first.
  for (const [start, left] of [
    [0, 5],
    [areaBytes / 2, 4],
  ] as const) {
    for (let bit = 0; bit < slotBytes * 8; bit += 1) {
      const byte = start + (bit >> 3)
      const mask = 1 << (bit & 7)
      area[byte] = (area[byte] ?? 0) ^ mask
      const changed = area.subarray(start, start + slotBytes)
      assert.equal(lookAtSlot(changed).status, 'damaged', `bit ${bit}`)
      if (mask === 1) assert.equal(openArea(area, expected)?.record.generation, left, `bit ${bit}`)
      area[byte] = (area[byte] ?? 0) ^ mask
    }
  }
  assert.equal(openArea(area, expected)?.record.generation, 5)
})

test('A changed bit anywhere is found by authentication too, whoever has mended the checksum', () => {
  const block = sealSlot({ record: recordOf(5), sequence: 5 }, zoneKey)
  const end = slotBytes - 32
  // What is beyond the text is padding: it is nothing that anybody reads.
  const textEnd = 128 + block.readUInt32BE(124) + 16
  for (let bit = 0; bit < textEnd * 8; bit += 1) {
    const changed = Buffer.from(block)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    createHash('sha256').update(changed.subarray(0, end)).digest().copy(changed, end)
    assert.notEqual(openSlot(changed, zoneKey).status, 'open', `bit ${bit}`)
  }
})

test('Somebody who mends the checksum after a change is found out by the authentication', () => {
  const block = sealSlot({ record: recordOf(5), sequence: 5 }, zoneKey)
  const other = sealSlot({ record: recordOf(6), sequence: 6 }, randomBytes(32))
  // The header of one with the content of the other, under a checksum that fits.
  const mixed = sealSlot({ record: recordOf(5), sequence: 5 }, zoneKey)
  block.copy(mixed, 0, 0, 128)
  assert.equal(openSlot(mixed, zoneKey).status, 'damaged')
  assert.equal(openSlot(other, zoneKey).status, 'wrong key')
})

test('Whatever the bytes are, they are told and never a crash', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: slotBytes + 1 })
  fc.assert(
    fc.property(bytes, fc.boolean(), (noise, begins) => {
      const block = Buffer.alloc(slotBytes)
      if (begins) sealSlot({ record: recordOf(1), sequence: 1 }, zoneKey).copy(block)
      block.set(noise.subarray(0, slotBytes), begins ? 16 : 0)
      assert.ok(['blank', 'damaged', 'open', 'wrong key'].includes(openSlot(block, zoneKey).status))
      openSlot(Buffer.from(noise), zoneKey)
      const area = Buffer.alloc(areaBytes)
      block.copy(area)
      const sight = lookAtArea(area).status
      assert.ok(['blank', 'data', 'host data'].includes(sight))
    }),
  )
})

test('What is of another zone, sealed with another key, or damaged is refused by its name', async () => {
  const two = await readArea(await written(2), 0)
  const refusal = (changes: object, area = two) => {
    try {
      openArea(area, { ...expected, ...changes })
    } catch (error) {
      return (error as { code: string }).code
    }
    return undefined
  }
  assert.equal(refusal({}), undefined)
  assert.equal(refusal({ zone: undefined }), undefined)
  assert.equal(refusal({ zone: 'another' }), 'HOSTDATA_OTHER')
  assert.equal(refusal({ zoneKey: randomBytes(32) }), 'KEY_WRONG')
  const broken = Buffer.from(two)
  for (const offset of [200, areaBytes / 2 + 200]) broken[offset] = (broken[offset] ?? 0) ^ 1
  assert.equal(refusal({}, broken), 'HOSTDATA_DAMAGED')
  assert.equal(refusal({}, Buffer.from(two).fill(7)), 'HOSTDATA_DAMAGED')
})

test('A newer record with another key is not passed over for an older one', async () => {
  const store = await written(2)
  await writeRecord(store, 0, { record: recordOf(3), sequence: 3 }, randomBytes(32))
  const area = await readArea(store, 0)
  assert.throws(() => openArea(area, expected), { code: 'KEY_WRONG' })
})

test('What is erased was never there; what is something else is data', async () => {
  const store = await written(2)
  assert.deepEqual(lookAtArea(await readArea(store, 0)), { status: 'host data', zone, sequence: 2 })
  await eraseArea(store, 0)
  assert.deepEqual(lookAtArea(await readArea(store, 0)), { status: 'blank' })
  store.content[areaBytes - 1] = 1
  assert.deepEqual(lookAtArea(await readArea(store, 0)), { status: 'data' })
})

test('A record that does not fit is no record', () => {
  const long = recordOf(1, { image: { id: 'x', place: '/'.repeat(slotBytes) } })
  assert.throws(() => sealSlot({ record: long, sequence: 1 }, zoneKey), /too long/)
})
