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
