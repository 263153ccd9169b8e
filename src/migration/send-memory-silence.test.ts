import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
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
