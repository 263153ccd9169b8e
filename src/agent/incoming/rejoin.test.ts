import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { rejoinIncoming } from './rejoin.ts'

const migrationId: string = crypto.randomUUID()
const params = { migrationId, zone: 'web1', psk: null, priority: null }

test('A source is told that nothing needs the rest of a guest that does not run, or came with another migration', async () => {
  await using rig = await agentHost()
  assert.deepEqual(await rejoinIncoming(rig.host, params, '127.0.0.1'), { status: 'ended' })
  const zone = await rig.zone('web1', 'installed')
  assert.deepEqual(await rejoinIncoming(rig.host, params, '127.0.0.1'), { status: 'ended' })
  await rig.startMachine(zone)
  assert.deepEqual(await rejoinIncoming(rig.host, params, '127.0.0.1'), { status: 'ended' })
})

test('A source is told that a guest has all of its memory', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  await rig.host.registry.update(zone, { arrival: migrationId })
  assert.deepEqual(await rejoinIncoming(rig.host, params, '127.0.0.1'), { status: 'whole' })
})
