import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Turns } from './turns.ts'

test('Who asks for the same comes one after the other, also after a failure; others do not wait', async () => {
  const turns = new Turns<object>()
  const [one, other] = [{}, {}]
  const log: string[] = []
  const work =
    (name: string, ms: number, fails = false) =>
    async () => {
      log.push(`${name} begins`)
      await sleep(ms)
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const all = [
    turns.take(one, work('first', 30, true)),
    turns.take(one, work('second', 1)),
    turns.take(other, work('other', 1)),
  ]
  const outcomes = await Promise.allSettled(all)
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed')),
    ['failed', 'second', 'other'],
  )
  assert.ok(log.indexOf('second begins') > log.indexOf('first ends'))
  assert.ok(log.indexOf('other ends') < log.indexOf('first ends'))
})
