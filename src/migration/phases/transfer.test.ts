import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { transfer } from './transfer.ts'

const ram = {
  transferred: 9_000_000,
  remaining: 1_000_000,
  total: 33_554_432,
  duplicate: 1,
  normal: 2,
  'normal-bytes': 8192,
  'dirty-pages-rate': 0,
  'dirty-sync-count': 3,
  mbps: 80,
  'page-size': 4096,
  'postcopy-requests': 0,
}

/** A QEMU whose migration goes through these states, one a look. */
async function sending(states: readonly object[]) {
  const left = [...states]
  const now = () => (left.length > 1 ? left.shift() : left[0])
  const scripted = await scriptedQmp({ 'query-migrate': now })
  const { peer } = scriptedPeer({})
  const seen: object[] = []
  const streamUri = 'tcp:10.0.0.2:4711'
  const change = { streamUri, onMemory: (progress: object) => seen.push(progress) }
  return { ...scripted, seen, ...liveMigration(peer, scripted.qmp, change) }
}

test('The transfer tells how far it is, and what it took', async () => {
  const { migration, lines, seen, transport } = await sending([
    { status: 'setup' },
    { status: 'active', ram },
    { status: 'completed', ram, downtime: 7 },
  ])
  await transfer.run(migration)
  assert.deepEqual(lines, ['Starting migration.'])
  assert.deepEqual(transport.sent[0]?.arguments, { uri: 'tcp:10.0.0.2:4711' })
  assert.deepEqual(seen, [
    {
      remainingBytes: 1_000_000,
      totalBytes: 33_554_432,
      transferredBytes: 9_000_000,
      bytesPerSecond: 10_000_000,
      pass: 3,
      throttlePercent: 0,
      changedBytesPerSecond: 0,
    },
  ])
  assert.equal(migration.sent?.qemuDowntimeMs, 7)
  assert.equal(migration.sent?.transferredBytes, 9_000_000)
})

for (const [state, words] of [
  [{ status: 'failed', 'error-desc': 'Broken pipe' }, /failed: Broken pipe; the zone goes on running here$/],
  [{ status: 'cancelled' }, /failed: QEMU gives no reason; the zone goes on running here$/],
] as const) {
  test(`A transfer that ends as ${state.status} has failed, and nothing counts as sent`, async () => {
    const { migration } = await sending([{ status: 'active', ram }, state])
    await assert.rejects(transfer.run(migration), { code: 'TRANSFER_FAILED', message: words })
    assert.equal(migration.sent, undefined)
    assert.equal(migration.handedOver, false)
  })
}

test('Undone, the guest that QEMU has stopped is not started before the transfer has really ended', async () => {
  const states = ['active', 'active', 'cancelling', 'cancelled']
  let isRunning = false
  const { qmp, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: states.length > 1 ? states.shift() : states[0] }),
    'query-status': () => ({ status: isRunning ? 'running' : 'finish-migrate', running: isRunning }),
    cont: () => {
      assert.deepEqual(states, ['cancelled'])
      isRunning = true
    },
  })
  const { migration } = liveMigration(scriptedPeer({}).peer, qmp)
  await transfer.undo?.(migration)
  assert.deepEqual(commands().slice(0, 2), ['query-migrate', 'migrate_cancel'])
  assert.equal(isRunning, true)
  await transfer.undo?.(migration)
  assert.equal(commands().filter((name) => name === 'cont').length, 1, 'a guest that runs is left alone')
})

test('A guest that changes its memory faster than it can be sent is given up in the end, with what was tried', async () => {
  let pass = 0
  const set: unknown[] = []
  const { qmp } = await scriptedQmp({
    'query-migrate': () => {
      pass += 1
      const rest = { ...ram, remaining: 5_000_000, 'dirty-sync-count': pass }
      return { status: 'active', ram: rest, 'cpu-throttle-percentage': 99 }
    },
    'migrate-set-parameters': (parameters) => {
      set.push(parameters)
      return {}
    },
  })
  const { migration, lines } = liveMigration(scriptedPeer({}).peer, qmp, { maxPauseMs: 500 })
  await assert.rejects(async () => transfer.run(migration), {
    code: 'NOT_CONVERGING',
    message: /faster than it can be sent .* slowed down by 99 %; the zone goes on running here$/,
  })
  assert.deepEqual(set, [
    { 'downtime-limit': 500 },
    { 'cpu-throttle-initial': 20, 'cpu-throttle-increment': 20, 'max-cpu-throttle': 99 },
  ])
  assert.equal(lines.length, 3)
})
