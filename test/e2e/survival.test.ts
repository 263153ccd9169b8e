import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { installGuestZone, succeed } from './guest-zone.ts'
import { guestIsUp, login, machineRemains, refused, stateOn, until, zoneOn } from './zone-steps.ts'

const within = (timeoutMs: number) => ({ signal: AbortSignal.timeout(timeoutMs) })

test('Zones outlive zonesd, and nothing outlives a zone', { skip: whyNoNamespaces() ?? false }, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  const zoneadm = (...argv: string[]) => succeed(alpha, 'zoneadm', '-z', 'web1', ...argv)
  const address = lab.guestAddress(0)
  const qemuPid = async () => Number(await readFile(join(alpha.root, 'run/zones/web1.qemu.pid'), 'utf8'))
  const isOver = async () => {
    await until(
      'web1 is installed',
      () => stateOn(alpha, 'web1'),
      (state) => state === 'installed',
    )
    assert.deepEqual(await machineRemains(alpha), [])
  }
  await installGuestZone(alpha, guest, {
    name: 'web1',
    storage: 'file:///zones/web1.disk',
    address: `${address}/24`,
  })

  await t.test('neither zonesd nor a machine may leave a core file, with keys and memory in it', async () => {
    await zoneadm('boot')
    const zonesd = Number(await readFile(join(alpha.root, 'run/zones/zonesd.pid'), 'utf8'))
    for (const pid of [zonesd, await qemuPid()]) {
      assert.match(await readFile(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m)
    }
    await zoneadm('halt')
    await isOver()
  })

  await t.test(
    'zonesd is killed and started again: it finds its zone, its console, and can halt it',
    async () => {
      await zoneadm('boot')
      await guestIsUp(alpha, 'web1')
      const before = await zoneOn(alpha, 'web1')
      await using counter = lab.observer.observeCounter(address)
      await counter.advance(10, within(30_000))
      await alpha.killZonesd('SIGKILL')
      await counter.advance(20, within(30_000))
      assert.deepEqual(await zoneOn(alpha, 'web1'), before)
      await using console = login(alpha, 'web1')
      await console.says('Connected')
      console.type('echo answer $((6 * 7))\n')
      await console.says('answer 42')
      const { gaps, isDisconnected } = counter.stop()
      assert.deepEqual([gaps, isDisconnected], [[], false])
      await zoneadm('halt')
      await isOver()
    },
  )

  await t.test(
    'zonesd is stopped in order: the zone goes on, and the next zonesd shuts it down',
    async () => {
      await zoneadm('boot')
      await guestIsUp(alpha, 'web1')
      const pid = await qemuPid()
      await succeed(alpha, 'zonesd', 'stop')
      await until(
        'zonesd has ended',
        () => alpha.zonesdPid(),
        (daemon) => daemon === undefined,
      )
      assert.ok(alpha.processes().includes(pid))
      await zoneadm('shutdown')
      await isOver()
    },
  )

  await t.test('a guest that powers itself off leaves an installed zone and nothing else', async () => {
    await zoneadm('boot')
    await guestIsUp(alpha, 'web1')
    await using console = login(alpha, 'web1')
    await console.says('Connected')
    console.type('poweroff -f\n')
    assert.equal(await console.exitCode(), 0)
    await isOver()
  })

  await t.test(
    'a zone whose hypervisor is killed can be booted again at once, with its network',
    async () => {
      await zoneadm('boot')
      const killed = await qemuPid()
      process.kill(killed, 'SIGKILL')
      await until(
        'it boots again',
        () => alpha.run(['zoneadm', '-z', 'web1', 'boot']),
        ({ code }) => code === 0,
      )
      assert.notEqual(await qemuPid(), killed)
      await guestIsUp(alpha, 'web1')
      await using pinger = lab.observer.ping(address)
      await pinger.answered(within(30_000))
      process.kill(await qemuPid(), 'SIGKILL')
      await isOver()
    },
  )

  await t.test('a hypervisor that does not answer holds up its own zone alone', async () => {
    await zoneadm('boot')
    const pid = await qemuPid()
    await alpha.killZonesd('SIGKILL')
    process.kill(pid, 'SIGSTOP')
    try {
      await succeed(alpha, 'zonecfg', '-z', 'spare', 'create; commit')
      assert.equal(await stateOn(alpha, 'web1'), 'unavailable')
      assert.equal(await stateOn(alpha, 'spare'), 'configured')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await until(
      'web1 is found running',
      () => stateOn(alpha, 'web1'),
      (state) => state === 'running',
    )
    await zoneadm('halt')
    await succeed(alpha, 'zonecfg', '-z', 'spare', 'delete -F')
    await isOver()
  })

  await t.test('zonesd does not end while it shuts a zone down, unless it is forced to', async () => {
    await zoneadm('boot')
    const pid = await qemuPid()
    // It cannot hear its power button.
    process.kill(pid, 'SIGSTOP')
    try {
      const shutdown = alpha.run(['zoneadm', '-z', 'web1', 'shutdown'])
      await until(
        'it is being shut down',
        () => alpha.run(['zoneadm', '-z', 'web1', 'mark', 'unavailable']),
        ({ stderr }) => stderr.includes('another operation is under way: shutdown'),
      )
      await refused(alpha, /under way: shutdown of zone 'web1'\n {2}remedy: .* zonesd stop -F/, [
        'zonesd',
        'stop',
      ])
      const daemon = await alpha.zonesdPid()
      await succeed(alpha, 'zonesd', 'stop', '-F')
      assert.equal(await alpha.zonesdPid(), undefined)
      assert.equal(daemon !== undefined && alpha.processes().includes(daemon), false, 'it has really ended')
      const { code, stderr } = await shutdown
      assert.match(stderr, /no longer waiting; the guest has been asked to end, and may still do so/)
      assert.notEqual(code, 0)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    // By now the guest may have heard of it, or not.
    await alpha.run(['zoneadm', '-z', 'web1', 'halt'])
    await isOver()
  })

  await t.test(
    'a zone that ends while zonesd is away is found ended, and nothing is left of it',
    async () => {
      await zoneadm('boot')
      const pid = await qemuPid()
      await alpha.killZonesd('SIGKILL')
      process.kill(pid, 'SIGKILL')
      await until(
        'QEMU has ended',
        () => alpha.processes(),
        (pids) => !pids.includes(pid),
      )
      await isOver()
    },
  )

  await t.test(
    'a running zone whose record is damaged is out of use, never started twice, and comes back',
    async () => {
      await zoneadm('boot')
      const [pid, path] = [await qemuPid(), join(alpha.root, 'run/zones/web1.json')]
      const record = await readFile(path, 'utf8')
      await alpha.killZonesd('SIGKILL')
      await writeFile(path, record.slice(0, 100))
      const { state, reason } = await zoneOn(alpha, 'web1')
      assert.deepEqual([state, reason], ['unavailable', `The file "${path}" is damaged`])
      for (const verb of ['boot', 'attach']) {
        await refused(alpha, /is damaged/, ['zoneadm', '-z', 'web1', verb])
      }
      await refused(alpha, /is damaged/, ['zoneadm', '-z', 'web1', 'uninstall', '-F'])
      assert.equal(await readFile(path, 'utf8'), record.slice(0, 100))
      assert.ok(alpha.processes().includes(pid))
      await writeFile(path, record)
      await alpha.killZonesd('SIGKILL')
      assert.equal(await stateOn(alpha, 'web1'), 'running')
      assert.equal(await qemuPid(), pid)
      await zoneadm('halt')
      await isOver()
    },
  )
})
