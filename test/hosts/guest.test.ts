import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { guestCommandLine } from '../guest/guest-command-line.ts'
import { createLab } from './lab.ts'
import { whyNoNamespaces } from './requirement.ts'

const within = (timeoutMs: number) => ({ signal: AbortSignal.timeout(timeoutMs) })

describe('the test guest on a host', { skip: whyNoNamespaces() ?? false }, () => {
  test('boots, answers, counts on network, disk and console, and powers off by its button', async (context) => {
    await using lab = await createLab({ hosts: ['alpha', 'beta'] })
    const { alpha, beta } = lab.hosts
    const { kernel, initrd } = await ensureGuest()
    const lun = await lab.storage.createLun({ name: 'guest', sizeBytes: 16 * 1024 * 1024 })
    const address = lab.guestAddress(0)
    const tap = ['tuntap add tap0 mode tap', 'link set tap0 master net0 up'].join('\n')
    assert.equal((await alpha.run(['ip', '-batch', '-'], { input: `${tap}\n` })).code, 0)

    const startMs = performance.now()
    const monitor = join(lab.folder, 'monitor')
    const machine = 'qemu-system-x86_64 -accel tcg -M pc-q35-7.2 -cpu qemu64 -m 512 -nodefaults -display none'
    const devices = {
      serial: 'stdio',
      monitor: `unix:${monitor},server=on,wait=off`,
      kernel,
      initrd,
      append: guestCommandLine({ address: `${address}/24`, dirtyMibPerSecond: 10 }),
      netdev: 'tap,id=net,ifname=tap0,script=no,downscript=no',
      drive: `if=none,id=disk,format=raw,file=${lun.qemuUrl}`,
    }
    const qemu = alpha.spawn([
      ...machine.split(' '),
      ...Object.entries(devices).flatMap(([name, value]) => [`-${name}`, value]),
      ...'-device virtio-net-pci,netdev=net,romfile= -device virtio-blk-pci,drive=disk'.split(' '),
    ])
    const exited = once(qemu, 'exit')
    let console = ''
    qemu.stdout?.on('data', (chunk: Buffer) => {
      console += chunk.toString()
    })
    const said = async (text: string) => {
      while (!console.includes(text) && qemu.stdout !== null) await once(qemu.stdout, 'data', within(60_000))
    }
    await said('kzone-guest ready')
    context.diagnostic(`ready after ${Math.round(performance.now() - startMs)} ms`)

    await using pinger = lab.observer.ping(address)
    await pinger.answered(within(10_000))
    await using counter = lab.observer.observeCounter(address)
    await counter.advance(100, within(20_000))
    const report = counter.stop()
    assert.deepEqual(report.gaps, [])
    assert.deepEqual(report.damaged, [])
    assert.equal(report.isDisconnected, false)
    assert.equal((await pinger.stop()).lost, 0)

    const disk = await readCounterDisk(lun.qemuUrl, { prefix: beta.prefix })
    assert.deepEqual(disk.faults, [])
    assert.ok((disk.newest?.number ?? 0) > (report.first ?? Number.POSITIVE_INFINITY))

    qemu.stdin?.write('echo answer $((6 * 7)); df /run/dirty\n')
    await said('answer 42')
    await said('/run/dirty')

    // A unix socket is reached by its path from outside the namespace, too.
    connect(monitor).end('system_powerdown\n')
    assert.deepEqual(await exited, [0, null])
  })
})
