import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentHost, agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { Arrivals } from '../incoming/arrivals.ts'
import { UnderWay } from '../outgoing/under-way.ts'
import { zoneHandlers } from './zone.ts'

const zone = 'web1'
const call = { signal: new AbortController().signal, progress: () => undefined }
const cancel = ({ host }: AgentHost) => zoneHandlers['zone/cancel'](host, { zone }, call)

test('What is under way is asked to end, and named; of nothing, nothing', async () => {
  await using rig = await agentHost()
  const known = await rig.zone(zone, 'installed')
  assert.deepEqual(await cancel(rig), { cancelled: null })
  using held = known.begin('install')
  assert.deepEqual(await cancel(rig), { cancelled: 'install' })
  assert.equal(held.controller.signal.aborted, true)
})

for (const [phase, isLate] of [
  ['check', false],
  ['transfer', false],
  ['hand-over', true],
  ['drain', true],
  ['clean-up', true],
] as const) {
  test(`In the phase "${phase}" a migration ${isLate ? 'cannot be cancelled any more' : 'is cancelled'}`, async () => {
    await using rig = await agentHost()
    const known = await rig.zone(zone, 'installed')
    using held = known.begin('migrate')
    known.underWay = new UnderWay('live', 'ssh://beta')
    for (const each of ['hand-over', phase].slice(isLate ? 0 : 1)) known.underWay.begin(each)
    if (isLate) {
      await assert.rejects(cancel(rig), {
        code: 'TOO_LATE',
        message: "zone 'web1': it is too late to cancel: ssh://beta has been told to take it",
        remedy: /web1 migrate --status$/,
      })
    } else assert.deepEqual(await cancel(rig), { cancelled: 'migrate' })
    assert.equal(held.controller.signal.aborted, !isLate)
  })
}

test('A zone on its way here is cancelled at its source, and goes on coming', async () => {
  await using rig = await agentHost()
  using arrivals = new Arrivals(rig.host)
  const migrationId = crypto.randomUUID()
  await arrivals.reserve({ migrationId, zone, source: 'alpha', spec: tinySpec(zone), configText: tinyConfig })
  await assert.rejects(cancel(rig), {
    code: 'CANCEL_AT_SOURCE',
    remedy: 'On alpha: zoneadm -z web1 migrate --cancel',
  })
  arrivals.alive(migrationId)
  assert.equal(await arrivals.abort({ migrationId, zone, knowsOfLoss: false }), 'none')
})
