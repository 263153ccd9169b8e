import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryUntil } from './retry-until.ts'

test('retryUntil() answers what the first attempt that succeeds answers', async () => {
  let attempts = 0
  const attempt = async () => {
    attempts += 1
    return attempts === 3 ? 'third' : undefined
  }
  assert.equal(await retryUntil(attempt, { timeoutMs: 10_000, intervalMs: 1 }), 'third')
  assert.equal(attempts, 3)
})

test('retryUntil() takes false, zero and null for answers', async () => {
  for (const answer of [false, 0, null]) {
    assert.equal(await retryUntil(() => answer, { timeoutMs: 0, intervalMs: 1 }), answer)
  }
})

test('retryUntil() tries once even without time, and answers undefined when the time is up', async () => {
  let attempts = 0
  const attempt = () => {
    attempts += 1
    return undefined
  }
  assert.equal(await retryUntil(attempt, { timeoutMs: 0, intervalMs: 1 }), undefined)
  assert.equal(attempts, 1)
  assert.equal(await retryUntil(attempt, { timeoutMs: 20, intervalMs: 1 }), undefined)
  assert.ok(attempts > 2)
})

test('retryUntil() throws what an attempt throws, and the reason of its signal', async () => {
  const failure = new Error('no')
  await assert.rejects(
    retryUntil(() => Promise.reject(failure), { timeoutMs: 1000, intervalMs: 1 }),
    failure,
  )
  const controller = new AbortController()
  const reason = new Error('cancelled')
  let attempts = 0
  const attempt = () => {
    attempts += 1
    // In the middle of the wait that follows.
    setImmediate(() => controller.abort(reason))
    return undefined
  }
  const waiting = retryUntil(attempt, { timeoutMs: 600_000, intervalMs: 600_000, signal: controller.signal })
  await assert.rejects(waiting, reason)
  assert.equal(attempts, 1)
  await assert.rejects(
    retryUntil(() => 1, { timeoutMs: 1, intervalMs: 1, signal: controller.signal }),
    reason,
  )
})
