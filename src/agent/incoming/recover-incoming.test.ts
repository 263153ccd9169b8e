import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { hostFiles } from '../../../test/fixtures/agent/host-files.ts'
import { sendGuestTo } from '../../../test/fixtures/agent/send-all.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { newStreamKey, placeStreamKey } from '../../migration/stream-key.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import type { Host } from '../host.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { nothingUnsettled, tryAgain } from '../outgoing/watch-unsettled.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from './arrivals.ts'
import { type IncomingMark, removeIncomingMark, setIncomingMark } from './incoming-mark.ts'

const zone = 'web1'

interface Left {
  /** What the machine does when the next zonesd looks. */
  readonly machine: 'none' | 'waits' | 'loaded' | 'runs'
  readonly mark: IncomingMark | undefined
  /** Whether the arrival is on disk already. */
  readonly recorded: boolean
}

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

async function interrupted({ machine, mark, recorded }: Left, next: 'answers' | 'is silent' = 'answers') {
  const rig = await agentHost()
  const migrationId: string = crypto.randomUUID()
  const before = new Arrivals(rig.host)
  await before.reserve({ migrationId, zone, source: 'alpha', spec: tinySpec(zone), configText: tinyConfig })
  const announced = rig.host.registry.get(zone)
  if (machine !== 'none') {
    const address = await before.prepare({ migrationId, psk: null, priority: null }, '127.0.0.1')
    if (machine !== 'waits') await sendGuestTo(address)
  }
  before[Symbol.dispose]()
  if (machine === 'runs') await announced.requireRunning('test').machine.qemu.qmp.execute('cont')
  await removeIncomingMark(rig.layout, zone)
  if (mark !== undefined) await setIncomingMark(rig.layout, zone, mark)
  if (recorded) {
    const { uuid } = tinySpec(zone)
    await rig.host.registry.update(announced, { state: 'installed', uuid, arrival: migrationId })
  }
  // A host that went down has nothing left in run/.
  if (mark !== undefined) await placeStreamKey(join(rig.layout.runFolder, `${zone}.key`), newStreamKey())
  const identity = announced.running?.machine.qemu.identity
  const answer = next === 'is silent' ? await rig.silence(zone) : async () => undefined
  const host = await rig.restart()
  const journal = await readIncomingJournal(host, zone)
  assert.ok(journal !== undefined)
  return {
    host,
    journal,
    rig,
    silenced: { identity, answer },
    abort: async (knowsOfLoss = false) => {
      using arrivals = new Arrivals(host)
      return await arrivals.abort({ migrationId, zone, knowsOfLoss })
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

/** What its operator types on this host. */
const recover = (host: Host, targetIsGone: boolean) =>
  migrateHandlers['zone/recover'](
    host,
    { zone, environment: {}, targetIsGone },
    { signal: new AbortController().signal, progress: () => undefined },
  )

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
    const recover = () =>
      migrateHandlers['zone/recover'](
        host,
        { zone, environment: {}, targetIsGone: false },
        { signal: new AbortController().signal, progress: () => undefined },
      )
    await assert.rejects(recover(), {
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
    if (mark === 'going') await recover()
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
  await rm(path, { recursive: true })
  const settled = () => (running.operation === undefined ? true : undefined)
  assert.equal(await retryUntil(settled, { timeoutMs: 20_000, intervalMs: 50 }), true)
  assert.equal(running.record.arrival, journal.migrationId)
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
