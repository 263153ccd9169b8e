import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { mock, test } from 'node:test'
import { hostFiles } from '../../../test/fixtures/agent/host-files.ts'
import { interrupted, recover } from '../../../test/fixtures/agent/interrupted-arrival.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { nothingUnsettled, tryAgain } from '../outgoing/watch-unsettled.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from './arrivals.ts'

const zone = 'web1'

test('What may run here in a hypervisor that did not answer the next zonesd is not told to be lost', async () => {
  await using here = await interrupted({ machine: 'none', mark: 'going', recorded: false })
  const { host } = here
  // As adoptRunning() does; the journal is not looked at then.
  host.registry.distrust(host.registry.get(zone), new Error('no answer of its hypervisor'))
  for (const knowsOfLoss of [false, true])
    await assert.rejects(here.abort(knowsOfLoss), {
      code: 'ARRIVAL_UNSETTLED',
      message: /no answer of its hypervisor$/,
    })
  assert.deepEqual(await readIncomingJournal(host, zone), here.journal)
})

for (const mark of ['waiting', 'going'] as const) {
  test(`A machine that waits here with the mark ${mark}, and answers the next zonesd nothing, is kept until it answers`, async () => {
    await using here = await interrupted({ machine: 'waits', mark, recorded: false }, 'is silent')
    const { host, rig } = here
    const silent = host.registry.get(zone)
    assert.deepEqual([silent.state, silent.running], ['unavailable', undefined])
    const { identity, answer } = here.silenced
    await assert.rejects(recover(host, false), {
      code: 'QEMU_SILENT',
      message: new RegExp(`process ${identity?.pid}\\) lives and answers nothing: .*; the zone is as it was`),
      remedy: new RegExp(
        `: zoneadm -z web1 migrate --recover\\nOnly .*: kill -9 ${identity?.pid}, then zoneadm`,
      ),
    })
    await tryAgain(host, silent, nothingUnsettled())
    await assert.rejects(here.abort(), { code: 'ARRIVAL_UNSETTLED' })
    assert.ok(identity !== undefined && (await isAlive(identity)))
    await answer()
    // By the operator, or by the watch alone.
    if (mark === 'going') await recover(host, false)
    else await tryAgain(host, silent, nothingUnsettled())
    assert.equal(await isAlive(identity), false)
    assert.equal(host.registry.find(zone), undefined)
    assert.deepEqual(await hostFiles(rig.layout.root), {})
    assert.equal(await here.abort(), 'none')
  })
}

test('An arrival that the next zonesd cannot write down is tried again until it can', async () => {
  await using here = await interrupted({ machine: 'runs', mark: 'going', recorded: false })
  const { host, journal, rig } = here
  const path = rig.layout.state(zone)
  await mkdir(path, { recursive: true })
  await recoverIncoming(host, journal)
  const running = host.registry.get(zone)
  assert.deepEqual([running.state, running.operation?.kind], ['running', 'recover'])
  assert.match(rig.logged.join('\n'), /cannot be written down; it is tried again/)
  // Told that it was lost, the source would run it from its disk.
  for (const knowsOfLoss of [false, true])
    await assert.rejects(here.abort(knowsOfLoss), {
      code: 'ARRIVAL_UNSETTLED',
      message: /that it is here cannot be written down yet$/,
    })
  assert.throws(() => running.begin('halt'), { code: 'ZONE_BUSY', remedy: /web1 migrate --recover$/ })
  for (let time = 0; time < 2; time += 1)
    await assert.rejects(recover(host, false), {
      code: 'ARRIVAL_UNSETTLED',
      message:
        /^zone 'web1': has come here, but that cannot be written down: .*state.*; it is held here as it is/,
      remedy: /zoneadm -z web1 migrate --recover$/,
    })
  await rm(path, { recursive: true })
  const settled = () => (running.operation === undefined ? true : undefined)
  assert.equal(await retryUntil(settled, { timeoutMs: 20_000, intervalMs: 50 }), true)
  assert.equal(running.record.arrival, journal.migrationId)
})

test('An arrival that the next zonesd could not write down is written down at once when its operator asks', async () => {
  await using here = await interrupted({ machine: 'runs', mark: 'going', recorded: false })
  const { host, journal, rig } = here
  const path = rig.layout.state(zone)
  await mkdir(path, { recursive: true })
  await recoverIncoming(host, journal)
  await rm(path, { recursive: true })
  assert.deepEqual(await recover(host, false), { lines: ['It has come here, and is running.'] })
  const running = host.registry.get(zone)
  assert.deepEqual([running.operation, running.record.arrival], [undefined, journal.migrationId])
  assert.match((await recover(host, false)).lines.join(' '), /^No migration of this zone is unsettled here/)
})

test('An arrival by post-copy is finished after a crash, though a part of its memory is still on its way', async () => {
  for (const filling of ['flows', 'broken'] as const) {
    await using left = await interrupted({ machine: 'runs', mark: 'going', recorded: true })
    const here = left.host.registry.get(zone)
    here.filling = filling
    await recoverIncoming(left.host, left.journal)
    assert.equal(await readIncomingJournal(left.host, zone), undefined)
    assert.deepEqual([here.operation, here.moving, here.state], [undefined, undefined, 'running'])
    assert.equal(await left.abort(), 'arrived')
  }
})

const full = Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })

test('What is left of a zone that did not come and cannot be removed is tried again; until then it is free to be recovered, and for nothing else', async () => {
  await using here = await interrupted({ machine: 'loaded', mark: 'going', recorded: false })
  const { host, journal, rig } = here
  const removing = mock.method(host.registry, 'remove', () => Promise.reject(full))
  await recoverIncoming(host, journal)
  assert.match(
    rig.logged.join('\n'),
    /from alpha is given up, but .* cannot be removed; it is tried again: no space left/,
  )
  const left = host.registry.get(zone)
  assert.deepEqual([left.running, left.operation, left.auxiliary], [undefined, undefined, ['migrating-in']])
  assert.throws(() => left.begin('attach'), {
    code: 'MIGRATION_UNSETTLED',
    remedy: 'zoneadm -z web1 migrate --recover',
  })
  using arrivals = new Arrivals(host)
  const again = { migrationId: crypto.randomUUID(), zone, source: 'alpha', spec: tinySpec(zone) }
  await assert.rejects(arrivals.reserve({ ...again, configText: tinyConfig }), {
    code: 'MIGRATION_UNSETTLED',
    remedy: /on the target: zoneadm -z web1 migrate --recover -F$/,
  })
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(recover(host, false), { code: 'HOST_FAILURE', message: /no space left/ })
    await assert.rejects(here.abort(), full)
  }
  removing.mock.restore()
  const gone = () => (host.registry.find(zone) === undefined ? true : undefined)
  assert.equal(await retryUntil(gone, { timeoutMs: 20_000, intervalMs: 50 }), true)
  assert.equal(await here.abort(), 'none')
  assert.deepEqual(await hostFiles(rig.layout.root), {})
})

test('What is left of it is removed by its operator, or when its source asks, as soon as that is possible', async () => {
  for (const by of ['operator', 'source'] as const) {
    await using here = await interrupted({ machine: 'loaded', mark: 'going', recorded: false })
    const { host, journal } = here
    const removing = mock.method(host.registry, 'remove', () => Promise.reject(full))
    await recoverIncoming(host, journal)
    removing.mock.restore()
    if (by === 'source') assert.equal(await here.abort(), 'none')
    else assert.match((await recover(host, false)).lines.join(' '), /from alpha is forgotten here/)
    assert.equal(host.registry.find(zone), undefined)
  }
})

test('A loss that its source knows of, and that cannot be forgotten yet, is still a loss, and does not keep the zone', async () => {
  await using here = await interrupted({ machine: 'none', mark: undefined, recorded: false })
  const { host, journal } = here
  await recoverIncoming(host, journal)
  const removing = mock.method(host.registry, 'remove', () => Promise.reject(full))
  await assert.rejects(here.abort(true), full)
  const lost = host.registry.get(zone)
  assert.deepEqual([lost.operation, lost.lostFrom], [undefined, 'alpha'])
  assert.equal(await here.abort(), 'lost')
  removing.mock.restore()
  assert.equal(await here.abort(true), 'lost')
  assert.equal(host.registry.find(zone), undefined)
})
