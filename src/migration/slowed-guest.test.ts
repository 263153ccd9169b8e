import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SlowedGuest } from './slowed-guest.ts'

/** The share of the time that the guest stood still in 100 s, if what is to be done with it is done so much too late. */
function stillShare(guest: SlowedGuest, lateMs: () => number): number {
  let nowMs = 0
  let stillMs = 0
  while (nowMs < 100_000) {
    const next = guest.next(nowMs)
    assert.ok(next)
    const ms = next.inMs + lateMs()
    if (next.isToRun) stillMs += ms
    nowMs += ms
    guest.noteRunning(next.isToRun, nowMs)
  }
  return stillMs / nowMs
}

test('A guest that is not to be slowed down is left alone', () => {
  const guest = new SlowedGuest()
  guest.slowDownFurther()
  assert.deepEqual([guest.percent, guest.next(0)], [0, undefined])
})

test('It is slowed down by more with each pass, and no more than the most', () => {
  const guest = new SlowedGuest()
  guest.slowDown(99)
  const percents = Array.from({ length: 6 }, () => {
    guest.slowDownFurther()
    return guest.percent
  })
  assert.deepEqual(percents, [20, 40, 60, 80, 98, 98])
})

test('It stands still for the share that is wanted, also if that is done a little too late each time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 8 }), (steps, lateMs) => {
      const guest = new SlowedGuest()
      guest.slowDown(99)
      for (let step = 0; step < steps; step += 1) guest.slowDownFurther()
      const share = stillShare(guest, () => lateMs)
      assert.ok(share >= guest.percent / 100 - 0.01, `${share} of ${guest.percent} %`)
      assert.ok(share < guest.percent / 100 + 0.1, `${share} of ${guest.percent} %`)
    }),
    { numRuns: 50 },
  )
})

test('It stands still for no longer at a time than it may, and so is slowed down by less', () => {
  let allowedMs = 90
  const guest = new SlowedGuest(() => allowedMs)
  guest.slowDown(99)
  const steps = Array.from({ length: 5 }, () => {
    guest.slowDownFurther()
    return [guest.percent, guest.isAtMost]
  })
  assert.deepEqual(
    steps,
    [20, 40, 60, 80, 90].map((percent) => [percent, percent === 90]),
  )
  guest.noteRunning(false, 100)
  assert.deepEqual(guest.next(100), { isToRun: true, inMs: 90 })
  allowedMs = 490
  assert.equal(guest.isAtMost, false)
  guest.slowDownFurther()
  assert.deepEqual([guest.percent, guest.isAtMost], [98, true])
})

test('A guest that is not slowed down at all is not slowed down the most', () => {
  assert.equal(new SlowedGuest(() => 0).isAtMost, false)
})

test('However much it is slowed down, it never stands still for long', () => {
  const guest = new SlowedGuest()
  guest.slowDown(99)
  for (let step = 0; step < 5; step += 1) guest.slowDownFurther()
  guest.noteRunning(false, 100)
  assert.deepEqual(guest.next(100), { isToRun: true, inMs: 500 })
  assert.ok(stillShare(guest, () => 0) > 0.97)
})
