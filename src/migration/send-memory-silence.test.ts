import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
import { pauseLimit } from './pause-limit.ts'
import { sendMemory } from './send-memory.ts'

test('A QEMU that does not stop the guest in time fails the transfer, in words about the zone', async (t) => {
  const { qmp } = await scriptedQmp({ 'query-migrate-parameters': () => ({ 'max-bandwidth': 1 }) })
  const { mock } = t.mock.method(qmp, 'execute')
  // The third command: after what the stream may carry was asked and set, the guest is stopped.
  mock.mockImplementationOnce(() => {
    throw new QmpTimeoutError('answer to "stop"', 'QEMU', 10_000)
  }, 2)
  const sending = sendMemory(qmp, 'tcp:127.0.0.1:1', new AbortController().signal, { isEmulated: true })
  await assert.rejects(sending, {
    code: 'TRANSFER_FAILED',
    message: /failed: No answer to "stop" from QEMU within 10000 ms; the zone goes on running here/,
  })
})

/** A guest that runs while its memory is sent, and a clock that stands still until it is told. */
async function sending(allowedMs: number | undefined) {
  let nowMs = 1_000
  let looks = 0
  let status = 'active'
  let ended: unknown
  const { qmp, transport } = await scriptedQmp({
    'query-migrate': () => {
      looks += 1
      return { status }
    },
  })
  const nextLooks = async () => {
    const until = looks + 3
    while (looks < until && ended === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  mock.method(performance, 'now', () => nowMs)
  const signal = new AbortController().signal
  void sendMemory(qmp, 'tcp:127.0.0.1:1', signal, { limit: pauseLimit(allowedMs) }).then(
    (sent) => {
      ended = sent
    },
    (error: { code: string; message: string }) => {
      ended = `${error.code}: ${error.message}`
    },
  )
  await nextLooks()
  return {
    transport,
    async later(ms: number) {
      nowMs += ms
      await nextLooks()
      return ended
    },
    complete: () => {
      status = 'completed'
    },
    [Symbol.dispose]: () => mock.restoreAll(),
  }
}

test('A guest goes on here before it has stood still for as long as was promised: PAUSE_TOO_LONG', async () => {
  using here = await sending(400)
  here.transport.event('STOP')
  assert.equal(await here.later(350), undefined)
  assert.match(
    String(await here.later(1)),
    /^PAUSE_TOO_LONG: The guest has stood still for 351 ms, .* within the 400 ms that are allowed; the zone goes on/,
  )
})

test('Where no pause was named, 300 ms are aimed at, and 800 ms are too long', async () => {
  using here = await sending(undefined)
  here.transport.event('STOP')
  assert.equal(await here.later(800), undefined)
  assert.match(
    String(await here.later(1)),
    /^PAUSE_TOO_LONG: The guest has stood still for 801 ms, .*handed over yet \(some 300 ms were aimed at\)/,
  )
})

test('Nor is memory handed over that was all sent when it was too late', async () => {
  using here = await sending(400)
  here.transport.event('STOP')
  here.complete()
  assert.match(String(await here.later(351)), /^PAUSE_TOO_LONG: /)
})

test('Half of a pause that is short is left for the transfer; stops on the way are told', async () => {
  using here = await sending(60)
  here.transport.event('STOP')
  assert.equal(await here.later(25), undefined)
  here.transport.event('RESUME')
  assert.equal(await here.later(500), undefined)
  here.transport.event('STOP')
  assert.equal(await here.later(30), undefined)
  here.complete()
  const { longestStopMs, stoppedAtMs } = (await here.later(0)) as {
    longestStopMs: number
    stoppedAtMs: number
  }
  assert.deepEqual([longestStopMs, stoppedAtMs], [25, 1_525])
})

test('A QEMU that answers nothing while it sends the rest is not waited for any longer than was promised', async (t) => {
  const { qmp, transport } = await scriptedQmp({ 'query-migrate': () => ({ status: 'active' }) })
  const execute = qmp.execute.bind(qmp)
  const waits: (number | undefined)[] = []
  let isSilent = false
  t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
    const [command, , options] = words
    if (command !== 'query-migrate' || !isSilent) return execute(...words)
    waits.push(options?.timeoutMs)
    throw new QmpTimeoutError(`answer to "${command}"`, 'QEMU', options?.timeoutMs ?? 0)
  }) as typeof qmp.execute)
  const signal = new AbortController().signal
  const sent = sendMemory(qmp, 'tcp:127.0.0.1:1', signal, { limit: pauseLimit(400) })
  await new Promise((resolve) => setTimeout(resolve, 50))
  isSilent = true
  transport.event('STOP')
  await assert.rejects(sent, { code: 'PAUSE_TOO_LONG' })
  assert.ok(waits.length === 1 && (waits[0] ?? 400) <= 350, `${waits.join()}`)
})
