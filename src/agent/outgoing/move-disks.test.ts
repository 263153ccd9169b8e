import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { hostNamed, options, ownerOf, pairConfig, still } from '../../../test/fixtures/agent/two-hosts.ts'
import type { QmpConnection } from '../../qmp/connection.ts'
import { QmpError } from '../../qmp/qmp-errors.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { moveStorage } from '../storage-move/move.ts'
import type { Zone } from '../zone.ts'
import { moveDisks } from './move-disks.ts'
import { settleStorage } from './settle-storage.ts'
import { readStorageJournal, writeStorageJournal } from './storage-journal.ts'
import { nothingUnsettled, tryAgain } from './watch-unsettled.ts'

const wishes = [{ uri: 'file:///new' }, { uri: 'file:///new2' }]
const old = ['file:///disk', 'file:///second']
const moved = ['file:///new', 'file:///new2']

/** A zone with two boot disks. */
async function pair() {
  const alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const lines: string[] = []
  const progress = (value: { kind: string; text?: string }) => void lines.push(value.text ?? '')
  return {
    ...alpha,
    host,
    lines,
    progress,
    how: { wishes, force: false, signal: still, progress },
    folder: rig.layout.zoneFolder('web1'),
    path: (name: string) => join(rig.layout.root, name),
    storage: async () => (await host.registry.contract('web1')).devices.map(({ storage }) => storage),
    [Symbol.asyncDispose]: () => alpha[Symbol.asyncDispose](),
  }
}

/** Writes to a disk as the guest would. */
async function write(qmp: QmpConnection, disk: number, pattern: number): Promise<void> {
  const line = `qemu-io -d /machine/peripheral/device${disk}/virtio-backend "write -P ${pattern} 0 64k"`
  assert.equal(await qmp.execute('human-monitor-command', { 'command-line': line }), '')
}

/** Lets the switch of the second disk fail, after this. */
function failSecond(qmp: QmpConnection, before: () => Promise<void>): void {
  const execute = qmp.execute.bind(qmp)
  mock.method(qmp, 'execute', async (...call: Parameters<typeof execute>) => {
    const [command, given] = call
    if (command !== 'job-complete' || (given as { id?: string }).id !== 'move-disk1') return execute(...call)
    mock.restoreAll()
    await before()
    throw new QmpError('job-complete', 'GenericError', 'the new storage is gone')
  })
}

/** Of a move of both disks that is about to begin. */
const journalOf = ({ state, record: { createdDevices } }: Zone) => ({
  what: 'move' as const,
  state,
  createdDevices,
  disks: [0, 1].map((id) => ({ id, from: old[id] ?? '', to: moved[id] ?? '' })),
})

test('If the second disk cannot switch, the first goes back with all that the guest wrote meanwhile', async () => {
  await using here = await pair()
  const { host, zone, how, path, lines, folder } = here
  await bootZone(host, zone, {})
  const made = zone.record.createdDevices
  const { qmp } = zone.requireRunning('test').machine.qemu
  failSecond(qmp, () => write(qmp, 0, 0x5a))
  await assert.rejects(moveDisks(host, zone, how), { code: 'MIRROR_FAILED', message: /storage is gone/ })
  assert.match(lines.join('\n'), /Not all disks could be moved: its disks go back/)
  assert.deepEqual([await here.storage(), zone.record.createdDevices], [old, made])
  const booted = zone.requireRunning('test').machine.spec.disks.map(({ storage }) => storage)
  assert.deepEqual(booted, old)
  assert.deepEqual([existsSync(path('new')), existsSync(path('new2'))], [false, false])
  assert.equal(await readStorageJournal(folder), undefined)
  await haltZone(host, zone)
  assert.ok((await readFile(path('disk'))).subarray(0, 65_536).equals(Buffer.alloc(65_536, 0x5a)))
  assert.deepEqual(await ownerOf(here), ['alpha', 'installed', 1])
  await moveDisks(host, zone, how)
  assert.deepEqual([await here.storage(), await readStorageJournal(folder)], [moved, undefined])
})

test('If the machine ends in the middle, the disks of the zone that is down go back by a copy', async () => {
  await using here = await pair()
  const { host, zone, how, path } = here
  await bootZone(host, zone, {})
  const { qmp } = zone.requireRunning('test').machine.qemu
  failSecond(qmp, async () => {
    await write(qmp, 0, 0x5b)
    await endRunning(host, zone)
  })
  await assert.rejects(moveDisks(host, zone, how))
  assert.deepEqual([zone.state, await here.storage()], ['installed', old])
  assert.equal((await readFile(path('disk')))[0], 0x5b)
  assert.deepEqual([existsSync(path('new')), existsSync(path('new2'))], [false, false])
})

test('A zonesd that finds a part of the disks moved takes them back; all of them it leaves where they are', async () => {
  await using here = await pair()
  const { host, zone, how, path, folder, progress } = here
  const journal = journalOf(zone)
  await writeStorageJournal(folder, journal)
  await moveStorage(host, zone, { ...how, wishes: [{ id: 0, uri: 'file:///new' }] })
  await settleStorage(host, zone, progress)
  assert.deepEqual([await here.storage(), existsSync(path('new'))], [old, false])
  assert.equal(await readStorageJournal(folder), undefined)
  await writeStorageJournal(folder, journal)
  await moveStorage(host, zone, how)
  await settleStorage(host, zone, progress)
  assert.deepEqual([await here.storage(), await readStorageJournal(folder)], [moved, undefined])
})

test('A move that is refused, or that names the storage of before, changes nothing', async () => {
  await using here = await pair()
  const { host, zone, how, folder } = here
  const same = [{ uri: 'file:///disk' }, { uri: 'file:///new2' }]
  await assert.rejects(moveDisks(host, zone, { ...how, wishes: same }), { code: 'STORAGE_IN_USE' })
  const three = [...wishes, { uri: 'file:///new3' }]
  await assert.rejects(moveDisks(host, zone, { ...how, wishes: three }), { code: 'NO_SUCH_DISK' })
  assert.deepEqual([await here.storage(), await readStorageJournal(folder)], [old, undefined])
})

test('If the way back fails, what was made is removed or belongs to the zone from then on', async () => {
  await using here = await pair()
  const { host, zone, how, path, folder, progress, lines } = here
  const journal = journalOf(zone)
  await moveStorage(host, zone, { ...how, wishes: [{ id: 0, uri: 'file:///new' }] })
  await writeFile(path('new2'), 'made, and not removed yet')
  await writeFile(path('disk'), 'too small')
  await writeStorageJournal(folder, { ...journal, made: moved })
  await settleStorage(host, zone, progress)
  assert.match(lines.join('\n'), /They cannot go back: .*has 512 bytes/)
  assert.deepEqual(await here.storage(), ['file:///new', 'file:///second'])
  assert.deepEqual(
    zone.record.createdDevices.toSorted((a, b) => a - b),
    [0, 1],
  )
  assert.deepEqual([existsSync(path('new')), existsSync(path('new2'))], [true, false])
  assert.equal(await readStorageJournal(folder), undefined)
})

test('Disks of which a part has switched, and cannot be settled at once, go back when they can', async () => {
  await using here = await pair()
  const { host, zone, how, path, folder } = here
  await bootZone(host, zone, {})
  failSecond(zone.requireRunning('test').machine.qemu.qmp, async () => {
    mock.method(host.registry, 'saveConfig', () => Promise.reject(new Error('full')))
  })
  await assert.rejects(moveDisks(host, zone, how), { code: 'MOVE_UNSETTLED', message: /full/ })
  assert.equal((await readStorageJournal(folder))?.what, 'move')
  assert.deepEqual([existsSync(path('new')), existsSync(path('new2'))], [true, true])
  const unsettled = nothingUnsettled()
  const { moves } = unsettled
  await tryAgain(host, zone, unsettled)
  assert.deepEqual([...moves], [zone])
  mock.restoreAll()
  await tryAgain(host, zone, unsettled)
  assert.deepEqual([await here.storage(), [...moves]], [old, []])
  assert.deepEqual([existsSync(path('new')), existsSync(path('new2'))], [false, false])
  assert.equal(await readStorageJournal(folder), undefined)
})

test('Of a zone that has left this host, nothing is removed', async () => {
  await using here = await pair()
  const { host, zone, how, path, folder, progress } = here
  const journal = journalOf(zone)
  await moveStorage(host, zone, { ...how, wishes: [{ id: 0, uri: 'file:///new' }] })
  await writeFile(path('new2'), 'in use elsewhere')
  await host.registry.update(zone, { state: 'configured' })
  await writeStorageJournal(folder, { ...journal, made: moved })
  await settleStorage(host, zone, progress)
  const there = ['disk', 'second', 'new', 'new2'].map((name) => existsSync(path(name)))
  assert.deepEqual(there, [true, true, true, true])
})
