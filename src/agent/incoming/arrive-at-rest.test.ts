import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { hostFiles } from '../../../test/fixtures/agent/host-files.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import type { Host } from '../host.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from './arrivals.ts'

const zone = 'web1'
const key = 'ab'.repeat(32)
const ownConfig = `${tinyConfig}set autoboot=true\n`

/** A target to which a zone that is down has been announced. */
async function announced({ overwrite = false, kind = 'cold' as const } = {}) {
  const rig = await agentHost()
  const arrivals = new Arrivals(rig.host)
  const migrationId: string = crypto.randomUUID()
  if (overwrite) await rig.host.registry.saveConfig(zone, ownConfig)
  const before = await hostFiles(rig.layout.root)
  await arrivals.reserve({
    migrationId,
    zone,
    source: 'alpha',
    spec: tinySpec(zone),
    configText: tinyConfig,
    kind,
    key,
    overwrite,
  })
  return {
    rig,
    arrivals,
    migrationId,
    before,
    abort: (by = arrivals) => by.abort({ migrationId, zone, knowsOfLoss: false }),
    async [Symbol.asyncDispose]() {
      arrivals[Symbol.dispose]()
      await rig[Symbol.asyncDispose]()
    },
  }
}

/** What the next zonesd makes of it. */
async function recovered(restart: () => Promise<Host>) {
  const host = await restart()
  const journal = await readIncomingJournal(host, zone)
  if (journal !== undefined) await recoverIncoming(host, journal)
  return host
}

test('A zone at rest takes no memory here, cannot be booted before it has come, and is installed afterwards', async () => {
  await using here = await announced()
  const { rig, arrivals, migrationId } = here
  const { memoryBytes } = rig.host.reservations.pending()[0]?.spec ?? {}
  assert.equal(memoryBytes, 0)
  const arriving = rig.host.registry.get(zone)
  assert.deepEqual([arriving.state, arriving.auxiliary], ['configured', ['migrating-in']])
  assert.throws(() => arriving.begin('boot'), { code: 'ZONE_BUSY' })
  await arrivals.go(migrationId)
  assert.deepEqual([arriving.state, arriving.auxiliary, arriving.operation], ['installed', [], undefined])
  assert.equal(arriving.record.uuid, tinySpec(zone).uuid)
  assert.equal(await readFile(rig.layout.key(zone), 'utf8'), `${key}\n`)
  assert.deepEqual(rig.host.reservations.pending(), [])
  assert.equal(await here.abort(), 'arrived')
})

for (const overwrite of [false, true]) {
  test(`Given up${overwrite ? ' after the configuration was replaced' : ''}, the host is as it was, its key included`, async () => {
    await using here = await announced({ overwrite })
    assert.equal(await here.abort(), 'none')
    assert.deepEqual(await hostFiles(here.rig.layout.root), here.before)
    await assert.rejects(here.arrivals.go(here.migrationId), { code: 'NO_SUCH_MIGRATION' })
  })
}

for (const start of ['restart', 'reboot'] as const) {
  test(`A target that ended (${start}) before it was told to take the zone says none, and has nothing of it`, async () => {
    await using here = await announced({ overwrite: true })
    const host = await recovered(() => here.rig[start]())
    using arrivals = new Arrivals(host)
    assert.equal(await here.abort(arrivals), 'none')
    assert.equal((await host.registry.config(zone))?.text, ownConfig)
    assert.deepEqual(host.registry.get(zone).state, 'configured')
  })

  test(`A target that ended (${start}) right after it had written the arrival down says arrived, and has the key`, async () => {
    await using here = await announced()
    const { rig, migrationId } = here
    const { uuid } = tinySpec(zone)
    await rig.host.registry.update(rig.host.registry.get(zone), {
      state: 'installed',
      uuid,
      arrival: migrationId,
    })
    const host = await recovered(() => rig[start]())
    using arrivals = new Arrivals(host)
    assert.equal(await here.abort(arrivals), 'arrived')
    assert.equal(await readFile(rig.layout.key(zone), 'utf8'), `${key}\n`)
    assert.deepEqual([host.registry.get(zone).state, host.registry.get(zone).auxiliary], ['installed', []])
  })
}
