import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { installGuestZone, succeed } from './guest-zone.ts'
import { guestIsUp, login, machineRemains, refused, stateOn, until, zoneOn } from './zone-steps.ts'

const within = (timeoutMs: number) => ({ signal: AbortSignal.timeout(timeoutMs) })

test('The life of a zone, from its installation to its removal', {
  skip: whyNoNamespaces() ?? false,
}, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  const zoneadm = (...argv: string[]) => succeed(alpha, 'zoneadm', '-z', 'web1', ...argv)
  const address = lab.guestAddress(0)
  const disk = join(alpha.root, 'zones/web1.disk')

  await t.test(
    'it is installed: the disk is made, with the size that the configuration gives it, and a MiB of host data',
    async () => {
      await installGuestZone(alpha, guest, {
        name: 'web1',
        storage: 'file:///zones/web1.disk',
        address: `${address}/24`,
      })
      assert.equal(await stateOn(alpha, 'web1'), 'installed')
      assert.equal((await succeed(alpha, 'stat', '-c', '%s', disk)).trim(), String(65 * 1024 ** 2))
      assert.deepEqual(await machineRemains(alpha), [])
    },
  )

  await t.test('verify finds nothing against it', async () => {
    await zoneadm('verify')
  })

  await t.test('it boots: its guest answers on the network, counts, and writes to its disk', async () => {
    await zoneadm('boot')
    await guestIsUp(alpha, 'web1')
    await using pinger = lab.observer.ping(address)
    await pinger.answered(within(60_000))
    await using counter = lab.observer.observeCounter(address)
    await counter.advance(50, within(60_000))
    assert.deepEqual(counter.stop().gaps, [])
    const record = await until(
      'a record on the disk',
      () => readCounterDisk(disk),
      ({ newest }) => newest !== undefined,
    )
    assert.deepEqual(record.faults, [])
  })

  await t.test('list shows it in every format, with the columns of Solaris', async () => {
    const { id, uuid } = await zoneOn(alpha, 'web1')
    assert.ok(id !== null && uuid !== null)
    await succeed(alpha, 'zonecfg', '-z', 'db1', 'create; commit')
    const list = async (...options: string[]) =>
      (await succeed(alpha, 'zoneadm', 'list', ...options)).split('\n')
    const row = (...cells: string[]) =>
      [4, 16, 11, 28, 10, 6]
        .map((width, at) => (cells[at] ?? '')[at === 0 ? 'padStart' : 'padEnd'](width))
        .join(' ')
    assert.deepEqual(await list(), ['global', 'web1', ''])
    assert.deepEqual(await list('-n'), ['web1', ''])
    assert.deepEqual(await list('-i'), ['global', 'web1', ''])
    assert.deepEqual(await list('-c'), ['global', 'web1', 'db1', ''])
    assert.deepEqual(await list('-cv'), [
      row('ID', 'NAME', 'STATUS', 'PATH', 'BRAND', 'IP'),
      row('0', 'global', 'running', '/', 'solaris', 'shared'),
      row(String(id), 'web1', 'running', '-', 'solaris-kz', 'excl'),
      row('-', 'db1', 'configured', '-', 'solaris-kz', 'excl'),
      '',
    ])
    const path = join(alpha.root, 'var/lib/zones')
    assert.deepEqual(await list('-cp'), [
      '0:global:running:/::solaris:shared:-::',
      `${id}:web1:running:${path}/web1:${uuid}:solaris-kz:excl:R:solaris-kz:`,
      `-:db1:configured:${path}/db1::solaris-kz:excl:R:solaris-kz:`,
      '',
    ])
    const states = (await list('-cs')).map((line) => line.trim().split(/\s+/))
    assert.deepEqual(states, [
      ['NAME', 'STATUS', 'AUXILIARY', 'STATE'],
      ['global', 'running'],
      ['web1', 'running'],
      ['db1', 'configured'],
      [''],
    ])
    assert.deepEqual((await succeed(alpha, 'zoneadm', '-u', uuid, 'list')).trim(), 'web1')
  })

  await t.test('what a running zone must not suffer is refused', async () => {
    for (const verb of ['boot', 'install', 'attach', 'detach']) {
      await refused(alpha, /zone 'web1': must be .* before .*, it is running/, [
        'zoneadm',
        '-z',
        'web1',
        verb,
      ])
    }
    await refused(alpha, /it is running/, ['zoneadm', '-z', 'web1', 'uninstall', '-F'])
    await refused(alpha, /it is running/, ['zoneadm', '-z', 'web1', 'mark', 'incomplete'])
    await refused(alpha, /it is running/, ['zoneadm', '-z', 'web1', 'rename', 'web9'])
    await refused(alpha, /is running/, ['zonecfg', '-z', 'web1', 'delete -F'])
    assert.equal(await stateOn(alpha, 'web1'), 'running')
  })

  await t.test('zlogin -C talks to its guest; a second one is told that the console is in use', async () => {
    await using console = login(alpha, 'web1')
    await console.says("[Connected to zone 'web1' console]")
    console.type('echo answer $((6 * 7))\n')
    await console.says('answer 42')
    await refused(alpha, /console is in use by another zlogin/, ['zlogin', '-C', 'web1'])
    console.type('echo still $((1 + 1))\n')
    await console.says('still 2')
    console.type('\n~.')
    assert.equal(await console.exitCode(), 0)
    assert.ok(console.text().endsWith("[Connection to zone 'web1' console closed]\n"))
  })

  await t.test('reboot starts its guest anew, with another number', async () => {
    const before = await zoneOn(alpha, 'web1')
    const [oldBoot] = (await readCounterDisk(disk)).bootIds
    await zoneadm('reboot')
    const after = await zoneOn(alpha, 'web1')
    assert.deepEqual([after.state, after.uuid], ['running', before.uuid])
    assert.ok((after.id ?? 0) > (before.id ?? 0))
    await guestIsUp(alpha, 'web1')
    await until(
      'the new boot writes',
      () => readCounterDisk(disk),
      ({ newest }) => newest?.bootId !== oldBoot,
    )
  })

  await t.test('shutdown presses its power button and waits until it has ended', async () => {
    await using console = login(alpha, 'web1')
    await console.says('Connected')
    await zoneadm('shutdown')
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
    assert.equal(await console.exitCode(), 0)
    assert.deepEqual(await machineRemains(alpha), [])
    const { code } = await alpha.run(['ping', '-c', '1', '-W', '1', address])
    assert.notEqual(code, 0)
  })

  await t.test('halt ends it at once', async () => {
    await zoneadm('boot')
    await zoneadm('halt')
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
    assert.deepEqual(await machineRemains(alpha), [])
    for (const verb of ['halt', 'shutdown', 'reboot']) {
      await refused(alpha, /must be running before/, ['zoneadm', '-z', 'web1', verb])
    }
  })

  await t.test('uninstall removes the disk that install made, and all the state', async () => {
    await refused(alpha, /-F/, ['zoneadm', '-z', 'web1', 'uninstall'])
    assert.ok(existsSync(disk))
    await zoneadm('uninstall', '-F')
    assert.equal(existsSync(disk), false)
    const { state, uuid } = await zoneOn(alpha, 'web1')
    assert.deepEqual([state, uuid], ['configured', null])
    await succeed(alpha, 'zonecfg', '-z', 'web1', 'delete -F')
    assert.deepEqual(await succeed(alpha, 'zoneadm', 'list', '-cn'), 'db1\n')
    assert.equal(existsSync(join(alpha.root, 'var/lib/zones/web1')), false)
  })
})
