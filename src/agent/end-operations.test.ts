import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { endOperations } from './end-operations.ts'
import { Arrivals } from './incoming/arrivals.ts'
import { hostHandlers } from './operations/host.ts'

const call = { signal: new AbortController().signal, progress: () => undefined }

test('zonesd refuses to end while something is under way, and says what; force ends it', async () => {
  await using rig = await agentHost()
  let stops = 0
  const host = { ...rig.host, stop: () => (stops += 1) }
  const [web1, web2, web3] = [await rig.zone('web1'), await rig.zone('web2'), await rig.zone('web3')]
  using migration = web1.begin('migrate')
  using _install = web2.begin('install')
  using _recover = web3.begin('recover')
  await assert.rejects(hostHandlers['host/stop'](host, { force: false }, call), {
    code: 'OPERATIONS_UNDER_WAY',
    message: "zonesd does not end now: under way: migrate of zone 'web1', install of zone 'web2'",
    remedy: /zonesd stop -F$/,
  })
  await hostHandlers['host/stop'](host, { force: true }, call)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(stops, 1)
  assert.equal(migration.controller.signal.aborted, false, 'the end itself cancels, not the asking for it')
})

test('With nothing under way zonesd ends when asked', async () => {
  await using rig = await agentHost()
  let stops = 0
  await hostHandlers['host/stop']({ ...rig.host, stop: () => (stops += 1) }, { force: false }, call)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(stops, 1)
})

test('What is under way is asked to end, and waited for', async () => {
  await using rig = await agentHost()
  using arrivals = new Arrivals(rig.host)
  const zone = await rig.zone('web1')
  let undone = false
  const working = zone.exclusively('install', call.signal, async ({ controller: { signal } }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setTimeout(resolve, 100))
    undone = true
    throw signal.reason
  })
  await Promise.all([
    endOperations(rig.host, arrivals).then(() => assert.equal(undone, true)),
    assert.rejects(working, { code: 'CANCELLED', message: /zonesd was told to end/ }),
  ])
})

test('A zone on its way here is given up when zonesd ends', async () => {
  await using rig = await agentHost()
  using arrivals = new Arrivals(rig.host)
  const migrationId = crypto.randomUUID()
  const spec = tinySpec('web1')
  await arrivals.reserve({ migrationId, zone: 'web1', source: 'alpha', spec, configText: tinyConfig })
  await endOperations(rig.host, arrivals)
  assert.equal(rig.host.registry.find('web1'), undefined)
  assert.deepEqual(rig.host.reservations.pending(), [])
})

test('What does not end in time is left to the next zonesd', async () => {
  await using rig = await agentHost()
  using arrivals = new Arrivals(rig.host)
  using _stuck = (await rig.zone('web1')).begin('install')
  const startedAtMs = performance.now()
  await endOperations(rig.host, arrivals, 100)
  assert.ok(performance.now() - startedAtMs < 5_000)
})
