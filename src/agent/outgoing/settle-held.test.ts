import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { type Answers, scriptedTarget } from '../../../test/fixtures/peer/scripted-target.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { journalPath } from '../../migration/journal.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { zoneHandlers } from '../operations/zone.ts'
import { writeRecord } from '../zone-record.ts'
import { readMigrations } from './migration-ledger.ts'
import { settleAgain } from './settle-held.ts'

const name = 'web1'
/** No process has this number. */
const gone = { pid: 2 ** 30, startTicks: 0 }

/** A zone that is the target's, while a part of its guest's memory is still here: the stream flows, or cannot be taken up. */
async function halfHere(status: 'postcopy-active' | 'postcopy-paused') {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const answers: Answers = {
    'peer/ping': { result: {} },
    'peer/abort': { result: { status: 'arrived' } },
    'peer/hello': { result: { version: kzoneVersion, protocol, host: rig.host.identity, ciphers: [] } },
    'peer/rejoin': { error: 'its QEMU answers nothing', code: 'QMP_TIMEOUT' },
  }
  const target = undo.use(await scriptedTarget(answers))
  const { qmp } = await scriptedQmp({
    'query-migrate': () => ({ status }),
    'query-status': () => ({ status: 'postmigrate', running: false }),
  })
  const zone = await rig.zone(name, 'installed')
  const spec = tinySpec(name)
  const record = { schema: 1 as const, zoneId: 1, spec, links: [], configText: tinyConfig, pageBytes: 4096 }
  const machine = { spec, links: [], qemu: { identity: gone, qmp } }
  zone.running = { machine, record, console: undefined }
  zone.moving = 'migrating-out'
  const { uri, environment } = target
  await writeRecord(journalPath(rig.layout.zoneFolder(name)), {
    schema: 1,
    direction: 'out',
    migrationId: crypto.randomUUID(),
    zone: name,
    target: uri,
    environment,
    postcopy: true,
  })
  const kept = undo.move()
  const call = { signal: new AbortController().signal, progress: () => undefined }
  return {
    rig,
    zone,
    target,
    answers,
    /** What its operator types. */
    recover: (targetIsGone = false) =>
      migrateHandlers['zone/recover'](rig.host, { zone: name, environment, targetIsGone }, call),
    /** As soon as the stream is looked after. */
    cancel: async () => {
      while (zone.operation === undefined) await sleep(5)
      await sleep(1_000)
      return zoneHandlers['zone/cancel'](rig.host, { zone: name }, call)
    },
    /** Both halves of the memory are kept. */
    assertHeld: () => {
      assert.deepEqual([zone.moving, zone.operation], ['migrating-out', undefined])
      assert.equal(zone.running?.machine, machine)
    },
    [Symbol.asyncDispose]: async () => {
      zone.running = undefined
      await kept.disposeAsync()
    },
  }
}

test('While the stream is broken a try in the background is short and says nothing new, and its operator can give the target up', async () => {
  await using here = await halfHere('postcopy-paused')
  const { rig, zone } = here
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(settleAgain(rig.host, zone), { code: 'STREAM_BROKEN' })
    here.assertHeld()
  }
  assert.deepEqual(rig.logged, [])
  await assert.rejects(here.recover(true), { code: 'GUEST_LOST' })
  assert.deepEqual([zone.state, zone.moving, zone.running], ['configured', undefined, undefined])
})

test('A guest whose post-copy had broken before the hand-over is lost by that, and not since the target went down', async () => {
  await using here = await halfHere('postcopy-paused')
  const { rig, zone } = here
  await here.target.answer({ 'peer/abort': { result: { status: 'none' } } })
  await assert.rejects(here.recover(), {
    code: 'POSTCOPY_BROKEN',
    message: /^zone 'web1': The stream broke in the moment .*; the zone is installed here$/,
    remedy: 'Boot it, as after a power failure: zoneadm -z web1 boot',
  })
  assert.deepEqual([zone.state, zone.moving, zone.running], ['installed', undefined, undefined])
  const { records } = await readMigrations(rig.layout, [name])
  assert.deepEqual(
    records.map(({ outcome, code }) => [outcome, code]),
    [['failed', 'POSTCOPY_BROKEN']],
  )
})

test('A target that falls silent after the stream has broken is still known to have the zone', async () => {
  await using here = await halfHere('postcopy-paused')
  await here.target.answer({ 'peer/abort': 'death' })
  await assert.rejects(here.recover(), { code: 'HAND_OVER_UNCERTAIN' })
  await here.target.answer(here.answers)
  await assert.rejects(settleAgain(here.rig.host, here.zone), { code: 'STREAM_BROKEN' })
  await here.target.answer({ 'peer/abort': 'death' })
  await assert.rejects(here.recover(), {
    code: 'STREAM_BROKEN',
    message: /^zone 'web1': is on ssh:\/\/beta, which cannot be reached; /,
  })
  here.assertHeld()
})

const ways = [
  ['a try in the background of a stream that flows', 'postcopy-active', 'settleAgain'],
  ['what its operator has typed while the stream is broken', 'postcopy-paused', 'recover'],
] as const

for (const [what, status, way] of ways) {
  test(`Cancelled, ${what} ends, and both halves of the memory are kept`, async () => {
    await using here = await halfHere(status)
    const trying = way === 'recover' ? here.recover() : settleAgain(here.rig.host, here.zone)
    const [ended, cancelled] = await Promise.allSettled([trying, here.cancel()])
    assert.deepEqual(cancelled, { status: 'fulfilled', value: { cancelled: 'recover' } })
    assert.ok(ended.status === 'rejected')
    const { code, message, remedy } = ended.reason
    assert.equal(code, 'CANCELLED')
    assert.match(message, /^zone 'web1': cancelled; it is on ssh:\/\/beta, and a part .* is still held here$/)
    assert.match(remedy, /web1 migrate --recover; if it is gone for good, .* --recover -F$/)
    here.assertHeld()
  })
}
