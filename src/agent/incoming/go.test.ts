import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { continueGuest } from './go.ts'

test('Told to go when its machine has ended, it says that, and on which host', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'configured')
  await assert.rejects(continueGuest(rig.host, { zone, postcopy: false }), {
    code: 'GO_REFUSED',
    message: `zone 'web1': cannot run on ${rig.host.identity.name}: its machine there has ended`,
  })
})
