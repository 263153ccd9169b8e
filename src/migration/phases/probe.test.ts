import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { ZoneError } from '../../errors.ts'
import { probe } from './probe.ts'

const sent = { isComplete: true, stoppedAtMs: 1000, longestStopMs: 0, qemuDowntimeMs: 5, transferredBytes: 1 }

async function probing(faults: readonly string[], change: Parameters<typeof liveMigration>[2] = {}) {
  const { qmp } = await scriptedQmp()
  const { peer, calls } = scriptedPeer({ 'peer/health': () => ({ faults: [...faults] }) })
  const heard = { heardElsewhere: () => Promise.resolve(1042) }
  const { migration, lines } = liveMigration(peer, qmp, { sent, ...change }, heard)
  await probe.run(migration)
  return { migration, lines, calls }
}

test('A guest that lives there is told nothing about; when the network knew is noted', async () => {
  const { migration, lines } = await probing([])
  assert.deepEqual(lines, [])
  assert.deepEqual(migration.faults, [])
  assert.equal(migration.heardThereAtMs, 1042)
})

test('What is wrong with it is a warning, and ends nothing', async () => {
  const { migration, lines } = await probing(['vCPU 0 does not move'])
  assert.deepEqual(migration.faults, ['vCPU 0 does not move'])
  assert.match(lines[0] ?? '', /^Warning: the zone is on the target, but vCPU 0 does not move\. See there: /)
})

test('Of a guest that went on before all of it was there nobody looks when the network knew', async () => {
  const { migration } = await probing([], { sent: { ...sent, isComplete: false } })
  assert.equal(migration.heardThereAtMs, undefined)
})

test('A guest that is lost is not looked at', async () => {
  const { calls } = await probing([], { guestLost: new ZoneError('lost', { code: 'GUEST_LOST' }) })
  assert.deepEqual(calls, [])
})
