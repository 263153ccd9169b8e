import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedTarget } from '../../test/fixtures/peer/scripted-target.ts'
import { connectPeer } from './peer.ts'

test('A target that stands still is not waited for; the conversation goes on', async () => {
  await using target = await scriptedTarget({ 'peer/ping': 'silence', 'peer/alive': { result: {} } })
  await using peer = connectPeer(target.uri, target.environment)
  await assert.rejects(peer.call('peer/ping', {}, { timeoutMs: 1_000 }), {
    code: 'PEER_TIMEOUT',
    message: 'ssh://beta has not answered "peer/ping" within 1 s',
    remedy: 'See whether zonesd stands still there: zoneadm list on beta',
  })
  const migrationId = '11111111-2222-4333-8444-555555555555'
  assert.deepEqual(await peer.call('peer/alive', { migrationId }, { timeoutMs: 30_000 }), {})
})
