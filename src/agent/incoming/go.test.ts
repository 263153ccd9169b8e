import assert from 'node:assert/strict'
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { announced, announcedZone } from '../../../test/fixtures/agent/announced.ts'
import { recover } from '../../../test/fixtures/agent/interrupted-arrival.ts'
import { sendGuestTo } from '../../../test/fixtures/agent/send-all.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { journalPath } from '../../migration/journal.ts'
import { Arrivals } from './arrivals.ts'
import { continueGuest } from './go.ts'

test('Told to go when its machine has ended, it says that, and on which host', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'configured')
  await assert.rejects(continueGuest(rig.host, { zone, postcopy: false }), {
    code: 'GO_REFUSED',
    message: `zone 'web1': cannot run on ${rig.host.identity.name}: its machine there has ended`,
  })
})

for (const postcopy of [false, true]) {
  const what = postcopy
    ? 'with post-copy runs, since its source may be unable to take it back'
    : 'is refused, and does not run there'
  test(`A guest that is told to go on a host that goes down ${what}`, async () => {
    await using rig = await agentHost()
    using arrivals = new Arrivals(rig.host)
    const [zone, migrationId] = ['web1', crypto.randomUUID() as string]
    const announced = { source: 'alpha', spec: tinySpec(zone), configText: tinyConfig }
    await arrivals.reserve({ ...announced, migrationId, zone })
    const wishes = { migrationId, psk: null, priority: null, postcopy }
    await sendGuestTo(await arrivals.prepare(wishes, '127.0.0.1'))
    const incoming = rig.host.registry.get(zone)
    await rig.host.goingDown.during(async () => {
      const going = arrivals.go(migrationId)
      if (postcopy) await going
      else await assert.rejects(going, { code: 'GOING_DOWN' })
      return { failed: [] }
    })
    assert.equal(
      await arrivals.abort({ migrationId, zone, knowsOfLoss: false }),
      postcopy ? 'arrived' : 'none',
    )
    assert.equal(incoming.running !== undefined, postcopy)
  })
}

test('An arrival of which something is left to be done holds the zone: doing it again undoes nothing that was done since', async () => {
  await using here = await announced()
  await here.send()
  const journal = journalPath(here.layout.zoneFolder(announcedZone))
  await rm(journal)
  await mkdir(journal)
  await assert.rejects(here.arrivals.go(here.migrationId))
  const arrived = here.host().registry.get(announcedZone)
  assert.equal(arrived.record.arrival, here.migrationId)
  assert.deepEqual([arrived.operation?.kind, arrived.moving], ['migrate', 'migrating-in'])
  await rmdir(journal)
  await recover(here.host(), false)
  assert.deepEqual([arrived.state, arrived.operation, arrived.moving], ['running', undefined, undefined])
})
