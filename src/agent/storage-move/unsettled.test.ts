import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { mock, type TestContext, test } from 'node:test'
import { hostNamed, options, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { driveOf } from '../../vm/mirror.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { suspendZone } from '../lifecycle/suspend.ts'
import { nothingUnsettled, tryAgain } from '../outgoing/watch-unsettled.ts'
import { readMoveJournal } from './journal.ts'
import { moveStorage } from './move.ts'
import { recoverMove } from './recover.ts'

const [from, to] = ['file:///disk', 'file:///new']

/** A zone that runs, whose disk is about to be moved. */
async function runningZone() {
  const alpha = await hostNamed('alpha')
  const { rig, zone } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  await bootZone(host, zone, {})
  const { qmp } = zone.requireRunning('test').machine.qemu
  const isThere = (name: string) => existsSync(join(rig.layout.root, name))
  return {
    ...alpha,
    host,
    qmp,
    isThere,
    move: (uri = to) =>
      moveStorage(host, zone, { wishes: [{ uri }], force: false, signal: still, progress: () => undefined }),
    attempt: (kind: string) => zone.exclusively(kind, still, async () => 'done'),
    journal: () => readMoveJournal(rig.layout.zoneFolder('web1')),
    /** Where the configuration, the machine and its record say that the disk is; that the two files are there. */
    async places() {
      const [device] = (await host.registry.contract('web1')).devices
      const { machine, record } = zone.requireRunning('test')
      const places = [device?.storage, machine.spec.disks[0]?.storage, record.spec.disks[0]?.storage]
      return [...places, isThere('disk'), isThere('new')]
    },
    [Symbol.asyncDispose]: () => alpha[Symbol.asyncDispose](),
  }
}

type Here = Awaited<ReturnType<typeof runningZone>>

/** Nothing can be written any more, from the configuration on. */
function fillDisk({ host }: Here): () => void {
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/full' })
  const { mock: method } = mock.method(host.registry, 'saveConfig', () => Promise.reject(full))
  return () => method.restore()
}

const unsettled = { code: 'MOVE_UNSETTLED', remedy: /zoneadm -z web1 migrate --recover/ }

test('A move that cannot be written down is settled before the zone does what needs to know its disks', async () => {
  await using here = await runningZone()
  const { zone, host, attempt } = here
  const makeRoom = fillDisk(here)
  await assert.rejects(here.move(), unsettled)
  assert.equal((await here.journal())?.phase, 'switching')
  for (const kind of ['boot', 'reboot', 'migrate', 'suspend', 'move', 'configure', 'recover']) {
    await assert.rejects(attempt(kind), unsettled, kind)
  }
  assert.throws(() => zone.begin('migrate'), unsettled)
  assert.deepEqual([zone.claims, here.isThere('disk'), here.isThere('new')], [[to], true, true])
  assert.equal(await attempt('halt'), 'done')
  // As it does where the host goes down.
  await assert.rejects(suspendZone(host, zone, { signal: still, progress: () => undefined }), unsettled)
  await tryAgain(host, zone, nothingUnsettled())
  assert.notEqual(zone.unsettledMove, undefined)
  assert.equal(here.rig.logged.filter((line) => /not settled/.test(line)).length, 1)
  makeRoom()
  assert.equal(await attempt('suspend'), 'done')
  assert.deepEqual(await here.places(), [to, to, to, true, true])
  assert.deepEqual([await here.journal(), zone.claims, zone.unsettledMove], [undefined, [], undefined])
})

test('A zone that was halted meanwhile boots from the disk that it used', async () => {
  await using here = await runningZone()
  const { zone, host } = here
  const makeRoom = fillDisk(here)
  await assert.rejects(here.move(), unsettled)
  await haltZone(host, zone)
  makeRoom()
  await zone.exclusively('boot', still, () => bootZone(host, zone, {}))
  assert.deepEqual(await here.places(), [to, to, to, true, true])
})

test('zonesd tries again by itself; the next one holds the zone until it is settled', async () => {
  await using here = await runningZone()
  const makeRoom = fillDisk(here)
  await assert.rejects(here.move(), unsettled)
  makeRoom()
  const host = await here.rig.restart()
  const zone = host.registry.get('web1')
  const makeRoomAgain = fillDisk({ ...here, host })
  await assert.rejects(recoverMove(host, zone), unsettled)
  await assert.rejects(
    zone.exclusively('migrate', still, async () => 'done'),
    unsettled,
  )
  makeRoomAgain()
  await tryAgain(host, zone, nothingUnsettled())
  assert.equal(zone.unsettledMove, undefined)
  const [device] = (await host.registry.contract('web1')).devices
  assert.deepEqual(
    [device?.storage, zone.requireRunning('test').machine.spec.disks[0]?.storage, here.isThere('new')],
    [to, to, true],
  )
})

/** From the moment on when the guest uses the new disk, these commands get no answer. */
function loseAnswers({ qmp }: Here, t: TestContext, isLost: (command: string) => boolean): () => void {
  const execute = qmp.execute.bind(qmp)
  let hasSwitched = false
  const { mock: method } = t.mock.method(qmp, 'execute', async (...call: Parameters<typeof execute>) => {
    if (hasSwitched && isLost(call[0])) throw new Error('no answer')
    const answer = await execute(...call)
    hasSwitched ||= call[0] === 'query-jobs' && JSON.stringify(answer).includes('"concluded"')
    return answer
  })
  return () => method.restore()
}

test('A switch-over whose answer is lost keeps the new disk, since QEMU says that it is in use', async (t) => {
  await using here = await runningZone()
  let times = 0
  loseAnswers(here, t, (command) => command === 'job-dismiss' && (times += 1) === 1)
  await here.move()
  assert.deepEqual(await here.places(), [to, to, to, true, true])
  assert.equal((await driveOf(here.qmp, 0)).node, 'moved1-disk0')
})

test('As long as QEMU cannot be asked which disk is used, none is removed', async (t) => {
  await using here = await runningZone()
  const answer = loseAnswers(here, t, () => true)
  await assert.rejects(here.move(), { code: 'MOVE_UNSETTLED', message: /no answer/ })
  assert.deepEqual(await here.places(), [from, from, from, true, true])
  await assert.rejects(here.attempt('migrate'), unsettled)
  answer()
  assert.equal(await here.attempt('migrate'), 'done')
  assert.deepEqual(await here.places(), [to, to, to, true, true])
})

test('What is there although it did not answer at first is not taken for what was made, nor written to', async () => {
  await using here = await runningZone()
  const path = join(here.rig.layout.root, 'new')
  await symlink('elsewhere', path)
  await assert.rejects(here.move(), { code: 'STORAGE_UNREACHABLE' })
  assert.equal(await readlink(path), 'elsewhere')
  assert.deepEqual([await here.journal(), here.zone.unsettledMove], [undefined, undefined])
})

test('What may have been left of storage that could not be made is told, with what removes it', async (t) => {
  await using here = await runningZone()
  const path = join(here.rig.layout.root, 'new')
  await using any = await open(join(here.rig.layout.root, 'any'), 'w')
  t.mock.method(Object.getPrototypeOf(any) as FileHandle, 'truncate', async () => {
    // It cannot be removed as the file that it was.
    await rm(path)
    await mkdir(path)
    throw new Error('no room')
  })
  await assert.rejects(here.move(), { code: 'STORAGE_LEFT', remedy: /suriadm delete file:\/\/\/new$/ })
  assert.match(
    here.rig.logged.join('\n'),
    /file:\/\/\/new, where device 0 .* may have been made .*suriadm delete/,
  )
  assert.deepEqual([await here.journal(), here.zone.unsettledMove], [undefined, undefined])
})
