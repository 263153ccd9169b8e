import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import { answerInTime } from './answer-in-time.ts'

const never = new Promise<string>(() => undefined)
const late = (afterMs: number) => new ZoneError(`after ${Math.round(afterMs / 1000)} s`, { code: 'LATE' })
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('An answer in time is given, and so is a refusal', async () => {
  assert.equal(await answerInTime(Promise.resolve('yes'), late), 'yes')
  await assert.rejects(answerInTime(Promise.reject(new Error('no')), late), { message: 'no' })
})

test('A host that does not answer is waited for as long as was said', async () => {
  await assert.rejects(answerInTime(never, late, { timeoutMs: 20 }), { code: 'LATE' })
})

test('Nobody said so: two minutes; cancelled: ten seconds from then', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const controller = new AbortController()
  const ends: string[] = []
  const waiting = (name: string, signal?: AbortSignal) =>
    answerInTime(never, late, { signal }).catch(() => void ends.push(name))
  void waiting('plain')
  void waiting('cancelled', controller.signal)
  t.mock.timers.tick(60_000)
  controller.abort()
  void waiting('cancelled before', controller.signal)
  t.mock.timers.tick(9_999)
  await turn()
  assert.deepEqual(ends, [])
  t.mock.timers.tick(1)
  await turn()
  assert.deepEqual(ends, ['cancelled', 'cancelled before'])
  t.mock.timers.tick(50_000)
  await turn()
  assert.deepEqual(ends, ['cancelled', 'cancelled before', 'plain'])
})

test('No timer is left behind', async () => {
  const controller = new AbortController()
  controller.abort()
  await answerInTime(sleep(1, 'yes'), late, { signal: controller.signal })
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
    [],
  )
})
