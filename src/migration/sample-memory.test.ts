import assert from 'node:assert/strict'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { memoryRanges, piecesOf, sampleMemory } from './sample-memory.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
const never = new AbortController().signal

for (const [memory, ranges] of [
  [256 * mib, [[mib, 255 * mib]]],
  [2 * gib, [[mib, 2 * gib - mib]]],
  [3 * gib, [[mib, 2 * gib - mib]]],
  [
    16 * gib,
    [
      [mib, 2 * gib - mib],
      [4 * gib, 12.5 * gib],
    ],
  ],
] as const) {
  test(`A guest of ${memory / mib} MiB is read only where it has memory whatever its machine`, () => {
    assert.deepEqual(
      memoryRanges(memory).map(({ start, bytes }) => [start, bytes]),
      ranges,
    )
    const pieces = piecesOf(memory)
    assert.ok(pieces.length >= 60 && pieces.length <= 65, `${pieces.length} pieces`)
    assert.equal(new Set(pieces).size, pieces.length)
    for (const piece of pieces) {
      assert.ok(ranges.some(([start, bytes]) => piece >= start && piece + mib <= start + bytes))
    }
  })
}

test('The smallest guest is read once and no further', () => {
  assert.deepEqual(piecesOf(3 * mib), [mib, 2 * mib])
})

test('The sample has the pages that are not empty, and their share; nothing is left of what was read', async () => {
  await using folder = await temporaryFolder()
  const place = join(folder.path, 'sample')
  const { qmp, transport } = await scriptedQmp({
    pmemsave: (args) => {
      const { filename, size } = args as { filename: string; size: number }
      assert.equal(statSync(place).mode & 0o777, 0o700)
      const piece = Buffer.alloc(size)
      piece.fill(7, 4096, 8192)
      piece.fill(9, size - 1)
      writeFileSync(filename, piece)
    },
  })
  const { pages, share } = await sampleMemory(qmp, 64 * mib, place, never)
  assert.equal(transport.sent.length, 63)
  assert.equal(pages.length, 63 * 2 * 4096)
  assert.ok(pages.subarray(0, 4096).equals(Buffer.alloc(4096, 7)))
  assert.equal(share, 2 / 256)
  assert.equal(existsSync(place), false)
})

test('If QEMU refuses, nothing is left either', async () => {
  await using folder = await temporaryFolder()
  const place = join(folder.path, 'sample')
  const { qmp } = await scriptedQmp({
    pmemsave: () => {
      throw new Error('no such memory')
    },
  })
  await assert.rejects(sampleMemory(qmp, 64 * mib, place, never), /no such memory/)
  assert.equal(existsSync(place), false)
})
