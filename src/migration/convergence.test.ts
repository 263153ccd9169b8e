import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Convergence, type Measure } from './convergence.ts'

/** Passes of a second each that leave so many bytes; the throttle goes up by 20 % in each pass once it is asked for. */
function watch(convergence: Convergence, remaining: (pass: number) => number, passes = 100): Measure[] {
  const measures: Measure[] = []
  let throttlePercent = 0
  for (let pass = 1; pass <= passes; pass += 1) {
    const slows = measures.some(({ kind }) => kind === 'slow down')
    if (slows) throttlePercent = Math.min(99, throttlePercent + 20)
    const state = { pass, remainingBytes: remaining(pass), throttlePercent }
    const measure = convergence.look(state, pass * 1000)
    if (measure !== undefined) measures.push(measure)
    if (measure?.kind === 'give up') break
  }
  return measures
}

test('A transfer that gets on is left alone', () => {
  assert.deepEqual(
    watch(new Convergence(), (pass) => 1e9 * 0.8 ** pass),
    [],
  )
})

test('A guest that never converges is given a longer pause, then slowed down, then given up', () => {
  assert.deepEqual(
    watch(new Convergence(1000), () => 1e9).map((measure) =>
      measure.kind === 'pause' ? measure.limitMs : measure.kind,
    ),
    [600, 1000, 'slow down', 'give up'],
  )
})

test('With post-copy the guest goes on there in the end, and that is said once', () => {
  assert.deepEqual(
    watch(new Convergence(400, true), () => 1e9).map(({ kind }) => kind),
    ['pause', 'slow down', 'post-copy'],
  )
})

test('Without --max-pause the pause stays what it is', () => {
  const convergence = new Convergence()
  assert.deepEqual(
    watch(convergence, () => 1e9).map(({ kind }) => kind),
    ['slow down', 'give up'],
  )
  assert.equal(convergence.pauseMs, 300)
})

test('An operator can want a shorter pause than the usual one', () => {
  assert.equal(new Convergence(50).pauseMs, 50)
})

test('A guest that is slowed down is not given up while that helps', () => {
  const measures = watch(new Convergence(), (pass) => (pass < 6 ? 1e9 : 1e9 * 0.85 ** (pass - 6)))
  assert.deepEqual(
    measures.map(({ kind }) => kind),
    ['slow down'],
  )
})

test('A guest is slowed down the most for whole passes before it is given up', () => {
  const seen: number[] = []
  const measures = watch(new Convergence(), (pass) => {
    seen.push(pass)
    return 1e9
  })
  const slowedAt = watch(new Convergence(), () => 1e9, seen.length - 1).length
  assert.deepEqual([measures.at(-1)?.kind, slowedAt], ['give up', 1])
  // The throttle is at 20 % in the first pass that is slowed down, and at 99 % in the fifth.
  const first = seen.find((passes) => watch(new Convergence(), () => 1e9, passes).length === 1) ?? NaN
  assert.ok(
    seen.length - (first + 5) >= 3,
    `slowed down after ${first}, given up after ${seen.length} passes`,
  )
})

test('The first pass says nothing, however long it lasts', () => {
  const convergence = new Convergence()
  for (let at = 0; at < 100; at += 1) {
    assert.equal(convergence.look({ pass: 1, remainingBytes: 1e9, throttlePercent: 0 }, at * 1000), undefined)
  }
})

test('A QEMU that does not tell how far it slows the guest down is waited for, but not without end', () => {
  const convergence = new Convergence()
  let pass = 1
  let last: Measure | undefined
  for (; pass < 200 && last?.kind !== 'give up'; pass += 1) {
    last = convergence.look({ pass, remainingBytes: 1e9, throttlePercent: 0 }, pass * 1000) ?? last
  }
  assert.ok(pass < 50, `${pass}`)
})

test('A guest that cannot be slowed down further is given up as soon as one that is slowed down the most', () => {
  const passesUntil = (throttlePercent: number, isSlowedMost: boolean) => {
    const convergence = new Convergence()
    for (let pass = 1; ; pass += 1) {
      const state = { pass, remainingBytes: 1e9, throttlePercent, isSlowedMost }
      if (convergence.look(state, pass * 1000)?.kind === 'give up') return pass
    }
  }
  assert.equal(passesUntil(87, true), passesUntil(99, false))
  assert.ok(passesUntil(87, true) < passesUntil(87, false))
})
