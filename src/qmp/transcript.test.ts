import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { QmpConnection } from './connection.ts'
import { streamTransport } from './stream-transport.ts'

/** What a QEMU 7.2 wrote, from its greeting on; one reply a command, with the events between. */
const recorded = readFileSync(new URL('transcript.test.jsonl', import.meta.url))

/**
 * Plays the bytes of a QEMU: after each command as many as the recording has up to its reply. A change that shifts
 * nothing keeps them in step.
 */
function replay(bytes: Buffer) {
  const input = new PassThrough()
  const ends = replyEnds(recorded)
  let sent = 0
  const sendNext = () => {
    const end = ends.shift() ?? bytes.length
    if (end > sent) input.write(bytes.subarray(sent, end))
    sent = end
    if (sent >= bytes.length) input.end()
  }
  const output = new Writable({
    write(_chunk, _encoding, done) {
      setImmediate(sendNext)
      done()
    },
  })
  setImmediate(sendNext)
  return streamTransport({ name: 'replayed QEMU', input, output })
}

function replyEnds(bytes: Buffer): number[] {
  let end = 0
  const ends: number[] = []
  for (const line of bytes.toString().split('\n').slice(0, -1)) {
    end += Buffer.byteLength(line) + 1
    if (!line.includes('"event"')) ends.push(end)
  }
  return ends
}

/** The conversation that was recorded; gives what each step came to. */
async function converse(bytes: Buffer, timeoutMs: number) {
  await using qmp = await QmpConnection.open(replay(bytes), { timeoutMs })
  const options = { timeoutMs }
  const stop = qmp.waitForEvent('STOP', options)
  const wait = Promise.allSettled([stop])
  const steps = [
    () => qmp.execute('query-status', {}, options),
    () => qmp.execute('cont', {}, options),
    () => qmp.execute('query-cpus-fast', {}, options),
    () => qmp.execute('device_del', { id: 'nosuch' }, options),
    () => qmp.execute('stop', {}, options),
    () => qmp.execute('query-migrate', {}, options),
    () => qmp.execute('query-version', {}, options),
  ]
  const outcomes: PromiseSettledResult<unknown>[] = []
  for (const step of steps) outcomes.push(...(await Promise.allSettled([step()])))
  return [...outcomes, ...(await wait)]
}

/** Every way for a damaged conversation to end: an error that explains itself. */
async function assertSettles(bytes: Buffer) {
  const outcomes = await converse(bytes, 15).catch((error: unknown) => [
    { status: 'rejected' as const, reason: error },
  ])
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      assert.match(String(outcome.reason?.code), /^QMP_(REFUSED|CLOSED|TIMEOUT|PROTOCOL)$/)
    }
  }
}

test('The recorded conversation runs through: one refusal, all else answered', async () => {
  const outcomes = await converse(recorded, 10_000)
  assert.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, true, true, false, true, true, true, true],
  )
})

test('A bit flipped anywhere in what QEMU says never hangs or crashes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(recorded.length * 8 - 1), async (bit) => {
      const bytes = Buffer.from(recorded)
      const index = bit >> 3
      bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7))
      await assertSettles(bytes)
    }),
    { numRuns: 300 },
  )
})

test('A cut anywhere in what QEMU says never hangs or crashes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(recorded.length), async (end) => assertSettles(recorded.subarray(0, end))),
    { numRuns: 200 },
  )
})

test('Bytes put in or left out anywhere in what QEMU says never hang or crash', async () => {
  const at = fc.nat(recorded.length)
  await fc.assert(
    fc.asyncProperty(at, fc.uint8Array({ maxLength: 8 }), fc.nat(8), async (start, added, dropped) => {
      await assertSettles(
        Buffer.concat([recorded.subarray(0, start), added, recorded.subarray(start + dropped)]),
      )
    }),
    { numRuns: 200 },
  )
})
