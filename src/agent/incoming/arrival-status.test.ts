import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { Arrivals } from './arrivals.ts'

const zone = 'web1'

test('What the source tells of how far it is can be seen here; a sign of life without it changes nothing of that', async () => {
  await using rig = await agentHost()
  using arrivals = new Arrivals(rig.host)
  const migrationId = crypto.randomUUID()
  await arrivals.reserve({ migrationId, zone, source: 'alpha', spec: tinySpec(zone), configText: tinyConfig })
  const arriving = () => rig.host.registry.get(zone).arriving?.()
  assert.equal('told' in (arriving() ?? {}), false)
  const told = { phase: 'reserve', forecast: null, transfer: null }
  arrivals.alive(migrationId, told)
  arrivals.alive(migrationId)
  assert.partialDeepStrictEqual(arriving(), { direction: 'in', source: 'alpha', stage: 'reserved', told })
  assert.equal(await arrivals.abort({ migrationId, zone, knowsOfLoss: false }), 'none')
})
