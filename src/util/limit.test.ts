import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Limit } from './limit.ts'

test('No more than so many are at it at once, all have their turn, and a failure is no hindrance', async () => {
  const limit = new Limit(2)
  let now = 0
  let most = 0
  const work = (fails: boolean) => async () => {
    now += 1
    most = Math.max(most, now)
    await sleep(2)
    now -= 1
    if (fails) throw new Error('failed')
    return 'done'
  }
  const all = Array.from({ length: 7 }, (_, index) => limit.take(work(index === 1)))
  const outcomes = await Promise.allSettled(all)
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 6)
  assert.deepEqual([most, now], [2, 0])
  assert.equal(await limit.take(work(false)), 'done')
})
