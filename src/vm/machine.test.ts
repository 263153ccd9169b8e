import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { createStorage } from '../storage/storage.ts'
import { type HostLayout, hostLayout } from '../util/host-layout.ts'
import { isAlive } from '../util/process-identity.ts'
import { endMachine, type MachineOnHost, startMachine } from './machine.ts'
import { adoptQemu } from './qemu-process.ts'
import type { MachineSpec } from './schema.ts'

const mib = 1024 ** 2

const nic = { kind: 'anet', id: 0, pciSlot: 16, macAddress: '02:08:20:00:00:01' } as const

const spec: MachineSpec = {
  schema: 1,
  zonename: 'web-1.a_b',
  uuid: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  hostid: '0x2e7d2173',
  machineType: 'pc-q35-7.2',
  accelerator: 'tcg',
  cpu: 'qemu64,+ssse3',
  ncpus: 2,
  memoryBytes: 64 * mib,
  disks: [{ id: 3, storage: 'file:///zones/a,b=c/disk', pciSlot: 5, serial: 'kz-disk3', bootIndex: 0 }],
  nics: [{ ...nic, mtu: 1400 }],
  bootargs: '',
}

/** A host whose root has a name that QEMU would take apart if it were not quoted. */
async function host() {
  const folder = await temporaryFolder()
  const layout = hostLayout(join(folder.path, 'r,a=b'))
  const on: MachineOnHost = {
    layout,
    storage: { root: layout.root, initiatorName: 'iqn.2026-11.org.kzone:test' },
    attachments: [{ nic, bridge: undefined }],
    pageBytes: undefined,
    incoming: false,
  }
  await createStorage('file:///zones/a,b=c/disk', mib, on.storage)
  return { layout, on, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const leftIn = (layout: HostLayout) => readdir(layout.runFolder).catch(() => [])

test('A machine starts stopped, is found again by another zonesd, and ends without a trace', async () => {
  await using here = await host()
  const { layout, on } = here
  const machine = await startMachine(spec, on)
  const { identity, qmp } = machine.qemu
  try {
    assert.equal((await qmp.execute('query-status')).status, 'prelaunch')
    assert.equal(await isAlive(identity), true)
    await assert.rejects(startMachine(spec, on), { code: 'ALREADY_RUNS' })
    assert.equal((await qmp.execute('query-status')).status, 'prelaunch')
    await qmp[Symbol.asyncDispose]()
    const found = await adoptQemu(layout, spec.zonename)
    assert.deepEqual(found?.identity, identity)
    assert.ok(found !== undefined)
    await endMachine(layout, { ...machine, qemu: found })
  } finally {
    if (await isAlive(identity)) process.kill(identity.pid, 'SIGKILL')
  }
  assert.equal(await isAlive(identity), false)
  assert.deepEqual(await leftIn(layout), [])
  assert.equal(await adoptQemu(layout, spec.zonename), undefined)
})

test('A machine that does not answer any more is ended all the same', async () => {
  await using here = await host()
  const { layout, on } = here
  const machine = await startMachine(spec, on)
  process.kill(machine.qemu.identity.pid, 'SIGSTOP')
  await endMachine(layout, machine)
  assert.equal(await isAlive(machine.qemu.identity), false)
  assert.deepEqual(await leftIn(layout), [])
})

const refusals: readonly (readonly [what: string, change: Partial<MachineSpec>, words: RegExp])[] = [
  ['a CPU model that QEMU does not know', { cpu: 'no-such-cpu' }, /no-such-cpu/],
  ['a machine that QEMU does not know', { machineType: 'pc-q35-99.9' }, /pc-q35-99\.9|unsupported machine/],
  [
    'a disk that is not there',
    { disks: [{ id: 0, storage: 'file:///zones/none', pciSlot: 2, serial: 's', bootIndex: 0 }] },
    /Could not open '.*\/zones\/none'/,
  ],
]

for (const [what, change, words] of refusals) {
  test(`A start with ${what} fails in QEMU's words, and leaves nothing`, async () => {
    await using here = await host()
    await assert.rejects(
      startMachine({ ...spec, ...change }, here.on),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'QEMU_FAILED')
        assert.match(error.message, /^QEMU did not start: /)
        assert.match(error.message, words)
        assert.doesNotMatch(error.message, /qemu-system/)
        return true
      },
    )
    assert.deepEqual(await leftIn(here.layout), [])
    assert.equal(await adoptQemu(here.layout, spec.zonename), undefined)
  })
}

test('A start that is cancelled throws the reason, and leaves nothing', async () => {
  await using here = await host()
  const reason = new Error('cancelled')
  const controller = new AbortController()
  const starting = startMachine(spec, here.on, controller.signal)
  setImmediate(() => controller.abort(reason))
  await assert.rejects(starting, reason)
  assert.deepEqual(await leftIn(here.layout), [])
  assert.equal(await adoptQemu(here.layout, spec.zonename), undefined)
})

test('What a guest writes on its disk is never taken for a format: it stays raw, and nothing else is opened', async () => {
  await using here = await host()
  const { layout, on } = here
  const [disk, hidden] = ['disk', 'hidden'].map((name) => join(layout.root, 'zones/a,b=c', name))
  assert.ok(disk !== undefined && hidden !== undefined)
  // The header of an image that would show the guest a file of the host.
  await writeFile(hidden, 'secret')
  const image = ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', hidden, join(layout.root, 'image'), '100M']
  await promisify(execFile)('qemu-img', image)
  await copyFile(join(layout.root, 'image'), disk)
  await truncate(disk, mib)
  const machine = await startMachine(spec, on)
  try {
    const nodes = await machine.qemu.qmp.execute('query-named-block-nodes')
    assert.deepEqual(nodes.map(({ drv }) => drv).toSorted(), ['file', 'raw'])
    for (const { image: shown } of nodes) assert.equal(shown['virtual-size'], mib)
  } finally {
    await endMachine(layout, machine)
  }
})

test('What a guest discards is given back to the file system', async () => {
  await using here = await host()
  const { layout, on } = here
  const disk = join(layout.root, 'zones/a,b=c/disk')
  await writeFile(disk, Buffer.alloc(mib, 1))
  const machine = await startMachine(spec, on)
  try {
    const { blocks } = await stat(disk)
    // In the place of the guest's own device.
    const device = '/machine/peripheral/device3/virtio-backend'
    const line = `qemu-io -d ${device} "discard 0 512k"`
    assert.equal(await machine.qemu.qmp.execute('human-monitor-command', { 'command-line': line }), '')
    assert.ok((await stat(disk)).blocks <= blocks / 2)
  } finally {
    await endMachine(layout, machine)
  }
})

test('Two machines on one file: the image lock of QEMU keeps the second one out', async () => {
  await using here = await host()
  const { layout, on } = here
  const machine = await startMachine(spec, on)
  try {
    await assert.rejects(startMachine({ ...spec, zonename: 'web2' }, on), {
      code: 'QEMU_FAILED',
      message: /Failed to get "write" lock/,
    })
  } finally {
    await endMachine(layout, machine)
  }
})

test('A pid file that names another process is not taken for the machine', async () => {
  await using here = await host()
  const { layout } = here
  await mkdir(layout.runFolder, { recursive: true })
  for (const text of [`${process.pid}\n`, '999999999\n', 'garbage', '', '-1', '0']) {
    await writeFile(layout.qemuPidFile('web1'), text)
    assert.equal(await adoptQemu(layout, 'web1'), undefined)
  }
})

test('What a machine that crashed left behind does not stand in the way of the next', async () => {
  await using here = await host()
  const { layout, on } = here
  const first = await startMachine(spec, on)
  process.kill(first.qemu.identity.pid, 'SIGKILL')
  await first.qemu.qmp.closed
  assert.equal(existsSync(layout.qmpSocket(spec.zonename)), true)
  const second = await startMachine(spec, on)
  assert.equal((await second.qemu.qmp.execute('query-status')).status, 'prelaunch')
  await endMachine(layout, second)
  assert.deepEqual(await leftIn(layout), [])
})
