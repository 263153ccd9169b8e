import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { retryUntil } from '../../util/retry-until.ts'
import type { RunningZone, ZoneOperation } from '../zone.ts'
import { Zone } from '../zone.ts'
import { newZoneRecord } from '../zone-record.ts'
import { watchStorageRoom } from './storage-room.ts'

const intervalMs = 5
const within = { timeoutMs: 5_000, intervalMs: 1 }
const stop = {
  device: '',
  operation: 'write',
  action: 'stop',
  nospace: true,
  reason: 'No space left on device',
}

const drive = { device: '', removable: false, locked: false }

/** A zone with two disks. Its QEMU refuses room for as long as `isFull`. */
async function zoneOnFullStorage() {
  const qemu = { isFull: true, status: 'running' }
  const { qmp, transport, commands } = await scriptedQmp({
    'query-status': () => ({ status: qemu.status, running: qemu.status === 'running' }),
    'query-block': () => [
      { ...drive, qdev: '/machine/peripheral/device0/virtio-backend', 'io-status': 'ok' },
      { ...drive, qdev: '/machine/peripheral/device1/virtio-backend', 'io-status': 'nospace' },
    ],
    cont: () => {
      qemu.status = qemu.isFull ? 'io-error' : 'running'
      return {}
    },
  })
  const disks = [
    { id: 0, storage: 'file:///a' },
    { id: 1, storage: 'file:///b' },
  ]
  const zone = new Zone('web1', { ...newZoneRecord, state: 'installed' })
  const running = { machine: { spec: { disks }, qemu: { qmp } } } as unknown as RunningZone
  zone.running = running
  const log: string[] = []
  const watch = () => watchStorageRoom({ log: (line) => log.push(line) }, zone, running, intervalMs)
  const fill = () => {
    transport.event('BLOCK_IO_ERROR', stop)
    qemu.status = 'io-error'
  }
  const tries = () => commands().filter((command) => command === 'cont').length
  return { zone, qmp, transport, qemu, log, watch, fill, tries }
}

const paused = (zone: Zone) => () => zone.reason?.includes('device 1 (file:///b)') || undefined

test('A guest without room is paused, says on which disk, and goes on when there is some', async () => {
  const { zone, qmp, qemu, log, watch, fill, tries } = await zoneOnFullStorage()
  await using _qmp = qmp
  watch()
  await sleep(intervalMs)
  assert.deepEqual([zone.auxiliary, zone.reason], [[], undefined])
  fill()
  assert.ok(await retryUntil(paused(zone), within))
  assert.deepEqual([zone.state, zone.auxiliary], ['running', ['paused']])
  assert.ok(await retryUntil(() => tries() > 2 || undefined, within))
  assert.deepEqual(zone.auxiliary, ['paused'])
  qemu.isFull = false
  assert.ok(await retryUntil(() => zone.auxiliary.length === 0 || undefined, within))
  assert.equal(log.length, 2)
  assert.match(log[1] ?? '', /goes on/)
})

test('One that stands still when zonesd starts is found so', async () => {
  const { zone, qmp, qemu, watch } = await zoneOnFullStorage()
  await using _qmp = qmp
  qemu.status = 'io-error'
  watch()
  assert.ok(await retryUntil(paused(zone), within))
})

test('It is not let go on by this while anything else is done with the zone, or when it is not known whose it is', async () => {
  const { zone, qmp, qemu, watch, fill, tries } = await zoneOnFullStorage()
  await using _qmp = qmp
  watch()
  zone.operation = { kind: 'migrate' } as ZoneOperation
  fill()
  assert.ok(await retryUntil(paused(zone), within))
  await sleep(10 * intervalMs)
  zone.moving = 'migrating-out'
  zone.operation = undefined
  await sleep(10 * intervalMs)
  assert.equal(tries(), 0)
  zone.moving = undefined
  qemu.isFull = false
  assert.ok(await retryUntil(() => zone.auxiliary.length === 0 || undefined, within))
  assert.equal(tries(), 1)
})

test('An error that the guest is told of pauses nothing', async () => {
  const { zone, qmp, transport, watch } = await zoneOnFullStorage()
  await using _qmp = qmp
  watch()
  const heard = qmp.waitForEvent('BLOCK_IO_ERROR')
  transport.event('BLOCK_IO_ERROR', { ...stop, action: 'report' })
  await heard
  assert.deepEqual(zone.auxiliary, [])
})
