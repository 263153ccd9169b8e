import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import {
  assertHereAsBefore,
  assertRunsHere,
  migratingZone,
  name,
  never,
  trialPort,
} from '../../../test/fixtures/agent/migrating-zone.ts'
import { waitingHost } from '../../../test/fixtures/agent/send-all.ts'
import { lateClock } from '../../../test/fixtures/late-clock.ts'
import { QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { nothingUnsettled, tryAgain } from './watch-unsettled.ts'

test('A guest that would pause for too long goes on here, and the migration is tried again', async () => {
  await using second = await waitingHost(name)
  await using here = await migratingZone()
  using clock = lateClock()
  const late = here.machine.qemu.qmp.on('STOP', () => setImmediate(() => clock.advance(2_000)))
  const running = here.run()
  const again = async () =>
    here.progress.find(({ kind, ...rest }) => kind === 'line' && /2 of 3/.test(JSON.stringify(rest)))
  const told = await retryUntil(again, { timeoutMs: 20_000, intervalMs: 5 })
  late[Symbol.dispose]()
  assert.match(
    JSON.stringify(told),
    /The guest has stood still for \d+ ms, .* goes on running here. Trying again \(2 of 3\)/,
  )
  await assertRunsHere(here)
  const { host, port } = second
  await using trial = await trialPort()
  const anew = { 'peer/prepare': { result: { host, port } }, 'peer/try': { result: trial.address } }
  await here.target.answer({ ...here.answers, ...anew })
  const { phases, pauseMs, totalMs } = await running
  assert.equal(phases.length, 10)
  assert.ok(totalMs > 1_000 && (pauseMs ?? totalMs) < totalMs)
  assert.equal((await here.asked()).filter((method) => method === 'peer/go').length, 1)
  assert.equal(here.zone.state, 'configured')
})

test('A guest that cannot be taken back is not forgotten: nothing else is done with it until it is settled', async (t) => {
  await using here = await migratingZone()
  const { qmp } = here.machine.qemu
  const execute = qmp.execute.bind(qmp)
  let isBegun = false
  const silent = t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
    const [command] = words
    isBegun ||= command === 'migrate'
    if (isBegun && (command === 'migrate' || command === 'query-status'))
      throw new QmpTimeoutError(`answer to "${command}"`, 'QEMU', 10_000)
    return execute(...words)
  }) as typeof qmp.execute)
  await assert.rejects(here.run(), {
    code: 'NOT_TAKEN_BACK',
    message:
      /guest may stand still here, .*"query-status".* What had failed: .*"migrate" from QEMU within 10000 ms$/,
    remedy: /zoneadm -z web1 migrate --recover$/,
  })
  silent.mock.restore()
  assert.equal(await here.isRunning(), false)
  assert.deepEqual([here.zone.moving, existsSync(here.journal)], ['migrating-out', true])
  assert.throws(() => here.zone.begin('halt'), { code: 'MIGRATION_UNSETTLED' })
  const { environment } = here.target
  const params = { zone: name, environment, targetIsGone: false }
  const context = { signal: never, progress: () => undefined }
  const { lines } = await migrateHandlers['zone/recover'](here.rig.host, params, context)
  assert.deepEqual(lines, ['The zone is running here.'])
  await assertHereAsBefore(here)
})

test('A guest that could not be taken back since the conversation with its QEMU has ended, and nothing else, is not forgotten either', async (t) => {
  await using here = await migratingZone()
  const { zone, machine, rig } = here
  const { qmp } = machine.qemu
  const execute = qmp.execute.bind(qmp)
  let isBegun = false
  t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
    const [command] = words
    isBegun ||= command === 'migrate'
    if (isBegun && command === 'query-migrate') {
      await execute('stop')
      await qmp[Symbol.asyncDispose]()
    }
    return execute(...words)
  }) as typeof qmp.execute)
  await assert.rejects(here.run(), { code: 'NOT_TAKEN_BACK', remedy: /web1 migrate --recover$/ })
  assert.deepEqual([zone.moving, existsSync(here.journal)], ['migrating-out', true])
  const takenUp = () => (zone.requireRunning('test').machine === machine ? undefined : true)
  assert.equal(await retryUntil(takenUp, { timeoutMs: 10_000, intervalMs: 20 }), true)
  const { environment } = here.target
  const params = { zone: name, environment, targetIsGone: false }
  const context = { signal: never, progress: () => undefined }
  const { lines } = await migrateHandlers['zone/recover'](rig.host, params, context)
  assert.deepEqual(lines, ['The zone is running here.'])
  const anew = zone.requireRunning('test').machine.qemu.qmp
  assert.equal((await anew.execute('query-status')).running, true)
})

const fullDisk = () =>
  Promise.reject(
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/var/lib/zones/web1/state.json' }),
  )

test('A zone that has moved, and cannot be detached here, is held and told to be there; when there is room it is settled', async (t) => {
  await using here = await migratingZone({
    'peer/ping': { result: {} },
    'peer/abort': { result: { status: 'arrived' } },
  })
  const { zone, rig } = here
  const { registry } = rig.host
  const update = registry.update.bind(registry)
  // The last thing that is written of it here.
  const full = t.mock.method(registry, 'update', ((which, change) =>
    change.state === 'configured' ? fullDisk() : update(which, change)) as typeof registry.update)
  await assert.rejects(here.run(), {
    code: 'NOT_DETACHED',
    message:
      'zone \'web1\': has moved to ssh://beta; it could not be detached here, where what is left of it is held and does not run: Cannot use "/var/lib/zones/web1/state.json": there is no space left on the device',
    remedy:
      /^Make room, then zoneadm -z web1 migrate --recover\. What is full: df -h \/var\/lib\/zones\/web1; /,
  })
  assert.equal(await here.isRunning(), false)
  assert.deepEqual([zone.moving, existsSync(here.journal)], ['migrating-out', true])
  const unsettled = nothingUnsettled()
  for (let time = 0; time < 3; time += 1) await tryAgain(rig.host, zone, unsettled)
  assert.equal(zone.moving, 'migrating-out')
  assert.equal(rig.logged.filter((line) => line.includes('could not be detached')).length, 1)
  full.mock.restore()
  await tryAgain(rig.host, zone, unsettled)
  assert.deepEqual([zone.state, zone.moving, existsSync(here.journal)], ['configured', undefined, false])
  await tryAgain(rig.host, zone, unsettled)
  assert.equal(unsettled.held.size, 0)
})

test('A zone that is held until its target answers is settled when it does, and is free for the operator until then', async () => {
  await using here = await migratingZone({ 'peer/go': 'death', 'peer/abort': 'death', 'peer/ping': 'death' })
  const { zone, rig, target } = here
  await assert.rejects(here.run(), { code: 'HAND_OVER_UNCERTAIN' })
  const unsettled = nothingUnsettled()
  const asked = async () => (await target.calls()).filter(({ method }) => method === 'peer/abort').length
  const before = await asked()
  for (let time = 0; time < 3; time += 1) await tryAgain(rig.host, zone, unsettled)
  assert.deepEqual([zone.moving, await asked()], ['migrating-out', before])
  await target.answer({
    ...here.answers,
    'peer/ping': { result: {} },
    'peer/abort': { result: { status: 'none' } },
  })
  await tryAgain(rig.host, zone, unsettled)
  await assertHereAsBefore(here)
})
