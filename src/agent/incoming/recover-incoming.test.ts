import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostFiles } from '../../../test/fixtures/agent/host-files.ts'
import { interrupted, type Left, recover } from '../../../test/fixtures/agent/interrupted-arrival.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { isAlive } from '../../util/process-identity.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from './arrivals.ts'

const zone = 'web1'

/** What a zonesd that was killed, or a host that went down, can have left, and what has become of the zone. */
const fates: readonly (readonly [Left, 'none' | 'arrived' | 'lost'])[] = [
  [{ machine: 'waits', mark: 'waiting', recorded: false }, 'none'],
  [{ machine: 'waits', mark: 'going', recorded: false }, 'none'],
  [{ machine: 'loaded', mark: 'waiting', recorded: false }, 'none'],
  [{ machine: 'loaded', mark: 'going', recorded: false }, 'none'],
  [{ machine: 'runs', mark: 'going', recorded: false }, 'arrived'],
  [{ machine: 'runs', mark: 'going', recorded: true }, 'arrived'],
  [{ machine: 'none', mark: 'waiting', recorded: false }, 'none'],
  [{ machine: 'none', mark: 'going', recorded: false }, 'arrived'],
  [{ machine: 'none', mark: 'going', recorded: true }, 'arrived'],
  [{ machine: 'none', mark: undefined, recorded: true }, 'arrived'],
  [{ machine: 'none', mark: undefined, recorded: false }, 'lost'],
]

for (const [left, fate] of fates) {
  const { machine, mark, recorded } = left
  const words = `machine ${machine}, mark ${mark ?? 'gone'}, arrival ${recorded ? '' : 'not '}on disk`
  test(`${words}: the next zonesd knows it as ${fate}, and says so however often it is asked`, async () => {
    await using here = await interrupted(left)
    const { host, journal, rig } = here
    const identity = host.registry.get(zone).running?.machine.qemu.identity
    await recoverIncoming(host, journal)
    const found = host.registry.find(zone)
    const isRunning = identity !== undefined && (await isAlive(identity))
    assert.equal(isRunning, fate === 'arrived' && machine === 'runs')
    assert.equal(existsSync(join(rig.layout.runFolder, `${zone}.key`)), false)
    const files = await hostFiles(rig.layout.root)
    if (fate === 'none') {
      assert.equal(found, undefined)
      assert.deepEqual(files, {})
    } else if (fate === 'arrived') {
      const uuid = tinySpec(zone).uuid
      assert.deepEqual([found?.record.state, found?.record.uuid], ['installed', uuid])
      assert.deepEqual([found?.operation, found?.moving], [undefined, undefined])
      assert.equal(await readIncomingJournal(host, zone), undefined)
    } else {
      assert.equal(found?.state, 'configured')
      assert.deepEqual(await readIncomingJournal(host, zone), journal)
    }
    for (let time = 0; time < 3; time += 1) assert.equal(await here.abort(), fate)
  })
}

test('A loss is told until its source knows of it; then nothing of the migration is left', async () => {
  await using here = await interrupted({ machine: 'none', mark: undefined, recorded: false })
  await recoverIncoming(here.host, here.journal)
  assert.equal(await here.abort(), 'lost')
  assert.equal(await here.abort(true), 'lost')
  assert.deepEqual(await hostFiles(here.rig.layout.root), {})
  assert.equal(here.host.registry.find(zone), undefined)
})

test('While the source has yet to say whose a lost zone is, this host leaves it alone, until its operator vouches', async () => {
  await using here = await interrupted({ machine: 'none', mark: undefined, recorded: false })
  const { host, journal } = here
  await recoverIncoming(host, journal)
  const lost = host.registry.get(zone)
  for (const kind of ['attach', 'delete', 'configure', 'rename', 'install']) {
    assert.throws(() => lost.begin(kind), {
      code: 'MIGRATION_UNSETTLED',
      remedy: /^On alpha: zoneadm -z web1 migrate --recover\n.*zoneadm -z web1 migrate --recover -F$/,
    })
  }
  await assert.rejects(recover(host, false), {
    code: 'MIGRATION_UNSETTLED',
    message: /may have begun to run; by its boot device nothing can be said.*; alpha decides whose it is/,
    remedy: /^On alpha: zoneadm -z web1 migrate --recover\nOnly if alpha .* --recover -F$/,
  })
  assert.equal(host.registry.get(zone).lostFrom, 'alpha')
  assert.match(
    (await recover(host, true)).lines.join(' '),
    /is forgotten here; .*gone for good: .*attach -x force-takeover/,
  )
  // It may be nowhere else.
  assert.equal((await host.registry.config(zone))?.text, tinyConfig)
  assert.equal(await readIncomingJournal(host, zone), undefined)
  assert.deepEqual([lost.state, lost.lostFrom], ['configured', undefined])
  await host.registry.remove(zone)
  // Also when the name is free the source hears of its loss, once it asks.
  assert.equal(await here.abort(), 'lost')
  assert.equal(await here.abort(true), 'lost')
  assert.equal(await here.abort(), 'none')
  assert.deepEqual(await hostFiles(here.rig.layout.root), {})
})

test('The same zone comes by another migration, as from a host that took it over: the source of the lost one still hears of the loss', async () => {
  await using here = await interrupted({ machine: 'none', mark: undefined, recorded: false })
  const { host, journal } = here
  await recoverIncoming(host, journal)
  using arrivals = new Arrivals(host)
  const later: string = crypto.randomUUID()
  const announced = { zone, source: 'gamma', spec: tinySpec(zone), configText: tinyConfig }
  await arrivals.reserve({ ...announced, migrationId: later })
  assert.equal(await here.abort(), 'lost')
  assert.equal(await arrivals.abort({ migrationId: later, zone, knowsOfLoss: false }), 'none')
  assert.equal(await here.abort(), 'lost')
})
