import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reckonings } from './reckonings.ts'

const look = (remainingBytes: number, bytesPerSecond: number) => ({
  status: 'active',
  pass: 2,
  remainingBytes,
  bytesPerSecond,
})

test('QEMU has reckoned when its rate is another, and does so again 100 ms after it was last seen not to have', () => {
  const reckonings = new Reckonings()
  reckonings.look(look(1000, 50), 0)
  assert.equal(reckonings.nextInMs(0), undefined)
  reckonings.look(look(900, 50), 10)
  reckonings.look(look(800, 60), 20)
  assert.deepEqual([reckonings.hasReckoned, reckonings.nextInMs(20)], [true, 90])
  reckonings.look(look(700, 60), 30)
  assert.deepEqual([reckonings.hasReckoned, reckonings.nextInMs(30)], [false, 80])
  assert.equal(reckonings.nextInMs(200), undefined)
})

test('It waits while nothing is sent; what it sends then was allowed by a reckoning', () => {
  const reckonings = new Reckonings()
  for (const atMs of [0, 10, 20]) reckonings.look(look(1000, 50), atMs)
  assert.deepEqual([reckonings.isWaiting, reckonings.waitsForMs(25)], [true, 25])
  reckonings.look(look(992, 50), 30)
  assert.deepEqual([reckonings.isWaiting, reckonings.waitsForMs(35), reckonings.nextInMs(30)], [false, 0, 90])
})

test('What it was told takes effect when it reckons: not by what changed before the first look since, and in some time in any case', () => {
  const reckonings = new Reckonings()
  reckonings.look(look(1000, 50), 0)
  reckonings.told(5)
  reckonings.look(look(900, 60), 10)
  assert.deepEqual([reckonings.isPending(10), reckonings.isWaiting], [true, false])
  reckonings.look(look(900, 60), 20)
  assert.deepEqual([reckonings.isPending(20), reckonings.isWaiting], [true, true])
  assert.equal(reckonings.isPending(300), false)
  reckonings.look(look(890, 70), 30)
  assert.equal(reckonings.isPending(30), false)
})
