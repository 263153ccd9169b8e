import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
import { Convergence } from './convergence.ts'
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

test('A guest that stands still for 500 ms more than its operator allows is to run again here: PAUSE_TOO_LONG', async () => {
  let nowMs = 1_000
  using _clock = { [Symbol.dispose]: () => mock.restoreAll() }
  let looks = 0
  const { qmp, transport } = await scriptedQmp({
    'query-migrate': () => {
      looks += 1
      return { status: 'active' }
    },
  })
  const someLooks = async () => {
    const until = looks + 3
    while (looks < until) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  mock.method(performance, 'now', () => nowMs)
  const signal = new AbortController().signal
  const sending = sendMemory(qmp, 'tcp:127.0.0.1:1', signal, { convergence: new Convergence(400) })
  let ended: string | undefined
  const noted = sending.catch((error: { code: string; message: string }) => {
    ended = `${error.code}: ${error.message}`
  })
  await someLooks()
  transport.event('STOP')
  nowMs += 900
  await someLooks()
  assert.equal(ended, undefined)
  nowMs += 1
  await noted
  assert.match(ended ?? '', /^PAUSE_TOO_LONG: The guest has stood still for 901 ms, .* the 400 ms allowed/)
})
