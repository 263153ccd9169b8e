import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { alongside } from './alongside.ts'

test('The result is that of the work', async () => {
  await using work = alongside(new AbortController().signal, () => Promise.resolve(7))
  assert.equal(await work.result, 7)
})

test('Work whose result nobody waits for any more is ended before the block is left', async () => {
  const seen: string[] = []
  const failing = async () => {
    await using _work = alongside(new AbortController().signal, async (signal) => {
      await sleep(60_000, undefined, { signal }).catch(() => undefined)
      await sleep(20)
      seen.push('ended')
      signal.throwIfAborted()
    })
    throw new Error('the other work')
  }
  await assert.rejects(failing(), /the other work/)
  assert.deepEqual(seen, ['ended'])
})

test('The abort of the whole reaches the work', async () => {
  const whole = new AbortController()
  await using work = alongside(whole.signal, (signal) => sleep(60_000, undefined, { signal }))
  whole.abort()
  await assert.rejects(work.result, { name: 'AbortError' })
})
