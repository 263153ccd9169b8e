import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { requireNoTransfer, takeBack } from './take-back.ts'

/** Where no end of a post-copy is made in these tests. */
const socket = '/nonexistent/web1.rest'

const ram = {
  transferred: 0,
  remaining: 1,
  total: 4,
  duplicate: 0,
  normal: 0,
  'normal-bytes': 0,
  'dirty-pages-rate': 0,
  'dirty-sync-count': 1,
  mbps: 0,
  'page-size': 4096,
  'postcopy-requests': 0,
}

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

test('A post-copy that flows is not broken off: the guest goes on once all of it is sent', async () => {
  const states = ['postcopy-active', 'postcopy-active', 'postcopy-active', 'completed']
  let sent = 0
  const { qmp, commands } = await scriptedQmp({
    'query-migrate': () => ({
      status: states.length > 1 ? states.shift() : states[0],
      ram: { ...ram, transferred: (sent += 1) },
    }),
    'query-status': () => ({ status: 'running', running: true }),
  })
  await takeBack(qmp, { socket })
  assert.deepEqual(states, ['completed'])
  assert.equal(commands().indexOf('migrate_cancel'), 4)
})

for (const [what, states] of [
  ['breaks meanwhile', ['postcopy-active', 'postcopy-active', 'postcopy-paused']],
  ['is broken', ['postcopy-paused']],
] as const) {
  test(`One that ${what}, and that QEMU does not take up again, has lost the guest, and nothing else is said of it`, async () => {
    const left = [...states]
    const { qmp, commands } = await scriptedQmp({
      'query-migrate': () => ({ status: left.length > 1 ? left.shift() : left[0] }),
      'query-status': () => ({ status: 'finish-migrate', running: false }),
      'human-monitor-command': () => {
        throw new Error('no')
      },
    })
    await assert.rejects(takeBack(qmp, { socket }), { code: 'POSTCOPY_BROKEN' })
    assert.equal(commands().filter((name) => name === 'human-monitor-command').length, 3)
    assert.equal(commands().includes('cont'), false)
  })
}

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
