import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { QmpConnection } from '../../qmp/connection.ts'
import { connectUnixTransport } from '../../qmp/unix-transport.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { blockDevices } from '../../vm/block-devices.ts'
import { silentDisks } from './silent-disks.ts'

const patience = { timeoutMs: 1_500, intervalMs: 20 }
const machine = ['-M', 'pc-q35-7.2,accel=tcg', '-m', '32', '-nodefaults', '-display', 'none', '-S']

/** A machine with these drives, whose guest asks nothing of them. Its QMP has a socket: it tells failures on its standard output. */
async function machineWith(drives: readonly string[]) {
  await using undo = new AsyncDisposableStack()
  const { path: folder } = undo.use(await temporaryFolder())
  const words = drives.flatMap((drive, id) => [
    '-blockdev',
    `${drive},node-name=disk${id}`,
    '-device',
    // Else QEMU reads the disk before it starts, to guess that.
    `virtio-blk-pci,id=device${id},drive=disk${id},cyls=2,heads=16,secs=63`,
  ])
  const socket = join(folder, 'qmp')
  const listens = ['-qmp', `unix:${socket},server=on,wait=off`]
  const qemu = spawn('qemu-system-x86_64', [...machine, ...words, ...listens], { stdio: 'ignore' })
  const ended = once(qemu, 'exit')
  undo.defer(async () => {
    qemu.kill('SIGKILL')
    await ended
  })
  const transport = await retryUntil(() => connectUnixTransport(socket).catch(() => undefined), {
    timeoutMs: 20_000,
    intervalMs: 20,
  })
  assert.ok(transport)
  const qmp = undo.use(await QmpConnection.open(transport))
  const kept = undo.move()
  return { qmp, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const sound = 'driver=null-co,size=1048576'
/** Each request takes a minute. */
const hung = 'driver=null-co,size=1048576,latency-ns=60000000000'
const failing =
  'driver=blkdebug,image.driver=null-co,image.size=1048576,inject-error.0.event=none,inject-error.0.iotype=read'

test('Disks that answer are well, and none are, too', async () => {
  for (const drives of [[], [sound, sound]]) {
    await using rig = await machineWith(drives)
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await silentDisks(rig.qmp, patience), [])
  }
})

test('A disk that fails, or hangs, is told although no request of the guest has met that; QEMU goes on', async () => {
  await using rig = await machineWith([sound, hung, failing])
  const { qmp } = rig
  const path = (id: number) => `/machine/peripheral/device${id}/virtio-backend`
  assert.deepEqual(await silentDisks(qmp, patience), [
    `its disk ${path(2)} fails to be read`,
    `its disk ${path(1)} does not answer within 1500 ms`,
  ])
  const statuses = (await blockDevices(qmp)).map((block) => block['io-status'])
  assert.deepEqual(statuses, ['ok', 'ok', 'ok'], 'nothing else would have told')
  const askedMs = performance.now()
  await qmp.execute('query-status')
  assert.ok(performance.now() - askedMs < 5_000, 'its main loop does not wait for the disk')
})
