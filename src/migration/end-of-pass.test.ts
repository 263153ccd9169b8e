import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MemoryContents } from '../vm/memory-contents.ts'
import { EndOfPass, type Left } from './end-of-pass.ts'

const mib = 1024 ** 2

/** Of a memory of 512 MiB, of which these parts of 64 MiB are data. */
const contentsOf = (...parts: readonly number[]): MemoryContents => ({
  memoryBytes: 512 * mib,
  isData: Array.from({ length: 512 }, (_, index) => parts.includes(Math.floor(index / 64))),
})

/** Looks 10 ms apart at a pass with so much left, in MiB, of which 100 MiB are sent in a second. */
function lefts(
  contents: MemoryContents | undefined,
  remainingMib: readonly number[],
  { pass = 1, isMistaken = false } = {},
) {
  const end = new EndOfPass(contents)
  return remainingMib.map((left, index): Left => {
    const look = { status: 'active', pass, remainingBytes: left * mib, bytesPerSecond: 100 * mib }
    return end.look(look, index * 10, isMistaken)
  })
}

const nears = (all: readonly Left[]) => all.map(({ isNear }) => isNear)
const one = (contents: MemoryContents | undefined, left: number, options = {}) =>
  lefts(contents, [left], options)[0] ?? assert.fail()

test('Data is near its end when little is left for its rate, or little at all', () => {
  for (const options of [{ pass: 2 }, { pass: 1 }]) {
    assert.deepEqual(
      [20, 7, 5].map((left) => one(undefined, left, options).isNear),
      [false, false, true],
    )
    assert.equal(one(undefined, 50, options).dataMs, 500)
  }
})

test('What is left of the first pass is what the memory holds from there on', () => {
  const contents = contentsOf(0, 6)
  assert.equal(one(contents, 512).dataMs, 1280)
  assert.equal(one(contents, 440).dataMs, 640)
  assert.equal(one(contents, 96).dataMs, 320)
  assert.equal(one(contents, 96, { pass: 2 }).dataMs, 960)
})

test('Zeros behind the data are held back, and the guest is stopped when few are left', () => {
  const contents = contentsOf(0)
  const seen = [500, 400, 250, 60, 40].map((left) => one(contents, left))
  assert.deepEqual(
    seen.map(({ areZerosLast }) => areZerosLast),
    [false, false, true, true, true],
  )
  assert.deepEqual(nears(seen), [false, false, false, false, true])
})

test('Changed pages that go by as fast as zeros are zeros', () => {
  const falling = [300, 270, 240, 110]
  assert.deepEqual(nears(lefts(undefined, falling, { pass: 2 })), [false, false, false, true])
  assert.deepEqual(nears(lefts(undefined, falling, { pass: 2, isMistaken: true })), [
    false,
    false,
    false,
    false,
  ])
})

test('The next look is in time for an end that comes as soon as can be', () => {
  const { soonMs } = one(contentsOf(0), 460)
  assert.ok(soonMs > 120 && soonMs < 120 + 60, `${soonMs}`)
})

test('Nothing left is near', () => {
  const [left] = lefts(undefined, [0])
  const { isNear, dataMs, soonMs, untilBytes, limitBytes } = left ?? {}
  assert.deepEqual({ isNear, dataMs, soonMs }, { isNear: true, dataMs: 0, soonMs: 0 })
  assert.deepEqual([untilBytes, limitBytes], [0, 0])
})

test('What may be sent at once leaves enough to be sent twice before the end, as soon as that can be reached', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (remaining) => {
      const [left] = lefts(undefined, [remaining])
      assert.ok(left)
      if (remaining > 25) return assert.equal(left.untilBytes, undefined)
      assert.ok(left.limitBytes <= (left.untilBytes ?? 0) && 2 * left.limitBytes <= remaining * mib)
      assert.equal(left.untilBytes === 0, left.isNear)
    }),
  )
})

test('Where looks are late it is near earlier, and after some that are in time no more', () => {
  const end = new EndOfPass(undefined)
  const look = {
    status: 'active',
    pass: 2,
    remainingBytes: 50 * mib,
    bytesPerSecond: 100 * mib,
    sentBytes: 0,
  }
  let atMs = 0
  const after = (ms: number) => {
    const { nearMs } = end.look(look, (atMs += ms), false)
    end.looked(atMs)
    return Math.round(nearMs)
  }
  assert.deepEqual([10, 10, 50, 10, 900].map(after), [60, 60, 150, 147, 180])
  for (let time = 0; time < 300; time += 1) after(10)
  assert.equal(after(10), 60)
})

test('What a look has led to does not make the next one late', () => {
  const end = new EndOfPass(undefined)
  const look = { status: 'active', pass: 2, remainingBytes: 50 * mib, bytesPerSecond: 100 * mib }
  end.look(look, 0, false)
  end.looked(150)
  assert.equal(end.look(look, 160, false).nearMs, 60)
})

test('How far away the end is goes by what is seen to be sent, if that can be: not by what QEMU has reckoned before', () => {
  const dataMs = (bytesPerSecond: number, mibPerLook: number, rateChangesAt = -1) => {
    const end = new EndOfPass(undefined)
    let ms = 0
    for (let at = 0; at <= 10; at += 1) {
      const look = {
        status: 'active',
        pass: 2,
        remainingBytes: (100 - at * mibPerLook) * mib,
        bytesPerSecond,
      }
      if (at === rateChangesAt) end.rateChanges()
      ms = Math.round(end.look(look, at * 10, false).dataMs)
    }
    return ms
  }
  assert.equal(dataMs(200 * mib, 1), 900)
  assert.equal(dataMs(200 * mib, 1, 8), 450, 'too little was seen since')
  assert.equal(dataMs(50 * mib, 1), 1800, 'no more was ever sent')
})

test('Where the stream keeps to a rate the guest is stopped earlier: all of 100 ms is sent at once', () => {
  const end = new EndOfPass(undefined)
  end.keepsToRate()
  const near = (left: number) =>
    end.look({ status: 'active', pass: 2, remainingBytes: left * mib, bytesPerSecond: 100 * mib }, 0, false)
      .isNear
  assert.deepEqual([13, 11].map(near), [false, true])
})
