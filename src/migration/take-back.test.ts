import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { requireNoTransfer, takeBack } from './take-back.ts'

test('A transfer that does not end when it is cancelled is cut off from its way', async () => {
  let isYanked = false
  const { qmp, transport, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: isYanked ? 'cancelled' : 'cancelling' }),
    'query-status': () => ({ status: 'running', running: true }),
    yank: () => {
      isYanked = true
    },
  })
  await takeBack(qmp)
  assert.equal(commands().filter((name) => name === 'yank').length, 1)
  const yank = transport.sent.find(({ execute }) => execute === 'yank')
  assert.deepEqual(yank?.arguments, { instances: [{ type: 'migration' }] })
})

test('One that ends by itself is not', async () => {
  const states = ['active', 'cancelling', 'cancelled']
  const { qmp, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: states.length > 1 ? states.shift() : states[0] }),
    'query-status': () => ({ status: 'running', running: true }),
  })
  await takeBack(qmp)
  assert.equal(commands().includes('yank'), false)
})

test('A new transfer waits for the end of the one before', async () => {
  const states = ['cancelling', 'cancelling', 'cancelled']
  const { qmp } = await scriptedQmp({
    'query-migrate': () => ({ status: states.shift() }),
  })
  await requireNoTransfer(qmp, new AbortController().signal)
  assert.deepEqual(states, [])
  const stuck = await scriptedQmp({ 'query-migrate': () => ({ status: 'cancelling' }) })
  const reason = new Error('cancelled by the operator')
  await assert.rejects(requireNoTransfer(stuck.qmp, AbortSignal.abort(reason)), reason)
})

test('and until QEMU has let go of its connection, also where it says that the transfer has failed', async () => {
  const disk = { type: 'block-node', 'node-name': 'boot' }
  const connected = [[{ type: 'migration' }, disk], [{ type: 'migration' }], [disk]]
  const { qmp } = await scriptedQmp({
    'query-migrate': () => ({ status: 'failed' }),
    'query-yank': () => connected.shift(),
  })
  await requireNoTransfer(qmp, new AbortController().signal)
  assert.deepEqual(connected, [])
})
