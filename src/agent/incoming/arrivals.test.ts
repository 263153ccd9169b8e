import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { mock, test } from 'node:test'
import { announced, announcedZone as zone } from '../../../test/fixtures/agent/announced.ts'
import { recover } from '../../../test/fixtures/agent/interrupted-arrival.ts'
import { lateClock } from '../../../test/fixtures/late-clock.ts'
import { tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { newStreamKey } from '../../migration/stream-key.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { Arrivals } from './arrivals.ts'
import { readIncomingMark } from './incoming-mark.ts'

const noFurther = { code: 'NO_SUCH_MIGRATION', message: / has given this migration up$/ }

test('A zone that was sent and told to go runs here, and all knows it', async () => {
  await using here = await announced()
  await here.send()
  const { qmp } = here.machine().qemu
  assert.equal((await qmp.execute('query-status')).running, false)
  const { afterwardsMs } = await here.arrivals.go(here.migrationId)
  assert.ok(afterwardsMs >= 0 && afterwardsMs < 10_000)
  assert.equal((await qmp.execute('query-status', {}, { schema: statusSchema })).status, 'running')
  const arrived = here.host().registry.get(zone)
  assert.deepEqual([arrived.state, arrived.auxiliary, arrived.operation], ['running', [], undefined])
  assert.equal(arrived.record.state, 'installed')
  assert.equal(arrived.record.uuid, tinySpec(zone).uuid)
  assert.deepEqual(here.host().reservations.pending(), [])
  const names = Object.keys(await here.files()).filter((path) => /migration\.json|incoming|key/.test(path))
  assert.deepEqual(names, [])
  for (let time = 0; time < 2; time += 1) assert.equal(await here.abort(), 'arrived')
  await here.arrivals.conversationEnded([here.migrationId])
  assert.equal((await qmp.execute('query-status')).running, true)
})

test('Told to go before its memory is here, the zone does not run, and can be given up', async () => {
  await using here = await announced()
  await here.prepare()
  const { qmp, identity } = here.machine().qemu
  using clock = lateClock()
  const going = here.arrivals.go(here.migrationId)
  clock.advance(30_000)
  await assert.rejects(going, { code: 'GO_REFUSED', message: /has not arrived completely/ })
  assert.equal((await qmp.execute('query-status')).running, false)
  assert.equal(await here.abort(), 'none')
  assert.equal(await isAlive(identity), false)
})

test('Given up, the answer is none, once and again, and nothing is left', async () => {
  await using here = await announced()
  await here.prepare(newStreamKey())
  const { identity } = here.machine().qemu
  assert.ok(Object.keys(await here.files()).some((path) => path.endsWith('keys.psk')))
  for (let time = 0; time < 2; time += 1) assert.equal(await here.abort(), 'none')
  assert.equal(await isAlive(identity), false)
  assert.deepEqual(await here.files(), {})
  assert.deepEqual(here.host().registry.all(), [])
})

test('After it was given up, nothing of that migration is taken any more, however late it comes', async () => {
  await using here = await announced()
  const { arrivals, migrationId } = here
  await here.abort()
  await assert.rejects(arrivals.go(migrationId), noFurther)
  await assert.rejects(here.prepare(), noFurther)
  await assert.rejects(arrivals.file({ migrationId, file: 'kernel', data: '', last: true }), noFurther)
  assert.throws(() => arrivals.alive(migrationId), noFurther)
})

test('What was never announced is refused, and abort says none', async () => {
  await using here = await announced()
  const other: string = crypto.randomUUID()
  await assert.rejects(here.arrivals.go(other), noFurther)
  for (const name of [zone, 'nobody']) {
    assert.equal(await here.arrivals.abort({ migrationId: other, zone: name, knowsOfLoss: false }), 'none')
  }
  assert.equal(here.host().registry.get(zone).moving, 'migrating-in')
})

test('The end of the conversation gives up what it announced, and nothing else', async () => {
  await using here = await announced()
  await here.arrivals.conversationEnded([crypto.randomUUID()])
  assert.equal(here.host().registry.get(zone).moving, 'migrating-in')
  await here.arrivals.conversationEnded([here.migrationId])
  assert.deepEqual(await here.files(), {})
})

test('Who asks while it is being given up is told none, when that is so', async () => {
  await using here = await announced()
  await here.prepare()
  const { identity } = here.machine().qemu
  const [, first, second] = await Promise.all([
    here.arrivals.conversationEnded([here.migrationId]),
    here.abort().then(async (status) => [status, await isAlive(identity)]),
    here.abort(),
  ])
  assert.deepEqual([first, second], [['none', false], 'none'])
})

test('A word that comes while it is being given up is refused', async () => {
  await using here = await announced()
  await here.send()
  const { identity } = here.machine().qemu
  const ended = here.arrivals.conversationEnded([here.migrationId])
  // Let the giving up begin; it waits for the end of the machine.
  await new Promise((resolve) => setImmediate(resolve))
  await assert.rejects(here.arrivals.go(here.migrationId), noFurther)
  await ended
  assert.equal(await isAlive(identity), false)
  assert.equal(await here.abort(), 'none')
})

test('That the guest may have run is noted before it does', async () => {
  await using here = await announced()
  await here.send()
  const { qmp } = here.machine().qemu
  const execute = qmp.execute.bind(qmp)
  const noted: unknown[] = []
  mock.method(qmp, 'execute', async (command: 'cont' | 'query-status', ...rest: []) => {
    if (command === 'cont') noted.push(await readIncomingMark(here.layout, zone))
    return execute(command, ...rest)
  })
  await here.arrivals.go(here.migrationId)
  assert.deepEqual(noted, ['going'])
  assert.equal(await readIncomingMark(here.layout, zone), undefined)
})

test('Given up while its machine is being started, the machine does not stay', async () => {
  await using here = await announced()
  const preparing = here.prepare()
  const registered = here.host().registry.get(zone)
  assert.equal(await here.abort(), 'none')
  await Promise.allSettled([preparing])
  assert.equal(registered.running, undefined)
  assert.deepEqual(await here.files(), {})
})

test('A target whose daemon was killed before it had imported the configuration says none', async () => {
  await using here = await announced()
  await rm(here.layout.config(zone))
  const host = await here.rig.restart()
  using arrivals = new Arrivals(host)
  assert.equal(host.registry.find(zone), undefined)
  const { migrationId } = here
  assert.equal(await arrivals.abort({ migrationId, zone, knowsOfLoss: false }), 'none')
})

test('Of a go and an abort at the same time one wins: never none and running', async () => {
  for (const delay of [0, 1, 2, 3, 5, 8]) {
    await using here = await announced()
    await here.send()
    const { identity } = here.machine().qemu
    const going = here.arrivals.go(here.migrationId).then(
      () => 'ran' as const,
      () => 'refused' as const,
    )
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay - 1))
    const status = await here.abort()
    assert.deepEqual([status, await going], status === 'none' ? ['none', 'refused'] : ['arrived', 'ran'])
    assert.equal(await isAlive(identity), status === 'arrived')
  }
})

test('"arrived" is not said before it is on disk', async () => {
  await using here = await announced()
  await here.send()
  const statePath = here.layout.state(zone)
  await mkdir(statePath, { recursive: true })
  await assert.rejects(here.arrivals.go(here.migrationId))
  await assert.rejects(here.abort())
  await rm(statePath, { recursive: true })
  assert.equal(await here.abort(), 'arrived')
  const found = (await here.rig.restart()).registry.get(zone)
  assert.deepEqual([found.state, found.record.arrival], ['running', here.migrationId])
})

test('An arrival that could not be written down is, by itself, once that is possible again', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using here = await announced()
  await here.send()
  const arrived = here.host().registry.get(zone)
  await mkdir(here.layout.state(zone), { recursive: true })
  await assert.rejects(here.arrivals.go(here.migrationId))
  await assert.rejects(recover(here.host(), false), { code: 'ARRIVAL_UNSETTLED' })
  t.mock.timers.tick(5_000)
  await rm(here.layout.state(zone), { recursive: true })
  const settled = () => {
    t.mock.timers.tick(5_000)
    return arrived.operation === undefined ? true : undefined
  }
  assert.equal(await retryUntil(settled, { timeoutMs: 10_000, intervalMs: 20 }), true)
  assert.deepEqual([arrived.state, arrived.record.arrival], ['running', here.migrationId])
  assert.equal(here.rig.logged.filter((line) => line.includes('cannot be written down')).length, 1)
})

const laterFates = ['renamed', 'deleted', 'moved on and come back by another migration'] as const

for (const fate of laterFates) {
  test(`An arrival is not forgotten when the zone has been ${fate}: its source must not run it again`, async () => {
    await using here = await announced()
    await here.send()
    await here.arrivals.go(here.migrationId)
    const { registry } = here.host()
    const arrived = registry.get(zone)
    await endRunning(here.host(), arrived)
    await registry.update(arrived, { state: 'configured' })
    if (fate === 'renamed') await registry.rename(zone, 'web2')
    else if (fate === 'deleted') await registry.remove(zone)
    else await registry.update(arrived, { state: 'installed', arrival: crypto.randomUUID() })
    assert.equal(await here.abort(), 'arrived')
    using afterwards = new Arrivals(await here.rig.restart())
    const { migrationId } = here
    assert.equal(await afterwards.abort({ migrationId, zone, knowsOfLoss: false }), 'arrived')
  })
}
