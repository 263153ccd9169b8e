import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { checksum } from './checksum.ts'
import { CounterObserver } from './observe-counter.ts'

const line = (number: number) => `${number} ${checksum(number)}\n`

async function observe(text: string): Promise<CounterObserver> {
  const stream = new PassThrough()
  const observer = new CounterObserver(stream)
  stream.write(text)
  await new Promise((resolve) => setImmediate(resolve))
  return observer
}

test('CounterObserver reports an unbroken sequence, also when a line arrives in pieces', async () => {
  const stream = new PassThrough()
  await using observer = new CounterObserver(stream)
  const all = [41, 42, 43].map(line).join('')
  const advanced = observer.advance(3, { signal: AbortSignal.timeout(5_000) })
  stream.write(all.slice(0, 5))
  stream.write(all.slice(5))
  await advanced
  const { longestSilenceMs, ...report } = observer.report()
  assert.ok(longestSilenceMs >= 0)
  assert.deepEqual(report, { first: 41, last: 43, count: 3, gaps: [], damaged: [], isDisconnected: false })
})

test('CounterObserver reports a number that is missing, repeated or rewound', async () => {
  await using observer = await observe([1, 2, 5, 5, 3].map(line).join(''))
  assert.deepEqual(observer.report().gaps, [
    { after: 2, next: 5 },
    { after: 5, next: 5 },
    { after: 5, next: 3 },
  ])
})

test('CounterObserver reports a line whose checksum is wrong', async () => {
  await using observer = await observe(`${line(1)}2 7\n`)
  assert.deepEqual(observer.report().damaged, ['2 7'])
})

test('CounterObserver tells a lost connection from one that it closed itself', async () => {
  const lost = new PassThrough()
  await using observer = new CounterObserver(lost)
  lost.destroy()
  await assert.rejects(observer.advance(1, { signal: AbortSignal.timeout(5_000) }), /connection ended/)
  assert.equal(observer.report().isDisconnected, true)

  await using closed = await observe(line(1))
  assert.equal(closed.stop().isDisconnected, false)
})
