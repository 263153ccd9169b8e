import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { machineRemains, refused, until, zoneOn } from './zone-steps.ts'

const mib = 1024 * 1024
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

suite('suspend and resume', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha'>>>
  let lab: TestLab
  let disk: Awaited<ReturnType<TestLab['storage']['createLun']>>
  let image: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'web1'
  const zoneadm = (...words: readonly string[]) => ['zoneadm', '-z', zone, ...words]

  before(async () => {
    lab = await createLab({ hosts: ['alpha'] })
    disk = await lab.storage.createLun({ name: zone, sizeBytes: 64 * mib })
    image = await lab.storage.createLun({ name: `${zone}-image`, sizeBytes: 512 * mib })
    const address = `${lab.guestAddress(1)}/24`
    const { alpha } = lab.hosts
    await installGuestZone(alpha, await ensureGuest(), { name: zone, storage: disk.suri, address })
    await succeed(alpha, ...zoneadm('boot'))
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const standing = async () => {
    const { state, auxiliary } = await zoneOn(lab.hosts.alpha, zone)
    return [state, ...auxiliary].join(' ')
  }

  test('without a suspend resource it is refused, with what to type; the guest goes on', async () => {
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await refused(lab.hosts.alpha, /no suspend resource[\s\S]*add suspend; set path=/, zoneadm('suspend'))
    await counter.advance(5, within(20))
    assert.deepEqual(counter.stop().gaps, [])
  })

  test('on storage that is too small it is refused before the guest stops', async () => {
    const { alpha } = lab.hosts
    const small = await lab.storage.createLun({ name: `${zone}-small`, sizeBytes: 8 * mib })
    await succeed(alpha, 'zonecfg', '-z', zone, `add suspend; set storage=${small.suri}; end`)
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await refused(alpha, /has room for 8MB; the zone goes on running/, zoneadm('suspend'))
    await counter.advance(5, within(20))
    assert.deepEqual(counter.stop().gaps, [])
    await succeed(alpha, 'zonecfg', '-z', zone, `select suspend; set storage=${image.suri}; end`)
  })

  test('over iSCSI: the machine is gone, the zone is listed as suspended, and boot lets the guest go on', async () => {
    const { alpha } = lab.hosts
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await succeed(alpha, ...zoneadm('suspend'))
    assert.equal(await standing(), 'installed suspended')
    assert.deepEqual(await machineRemains(alpha), [])
    const suspendedAt = counter.report().last ?? Number.NaN
    await refused(
      alpha,
      /is suspended, its guest is in the image at iscsi:.*'detach' would lose it/,
      zoneadm('detach'),
    )
    await succeed(alpha, ...zoneadm('boot'))
    assert.equal(await standing(), 'running')
    await counter.advance(10, within(30))
    const report = counter.stop()
    assert.deepEqual([report.gaps, report.damaged], [[], []])
    assert.ok((report.last ?? 0) > suspendedAt)
    const { faults, bootIds } = await readCounterDisk(disk.backingFile)
    assert.deepEqual(faults, [])
    assert.equal(bootIds.length, 1)
  })

  test('zonesd killed in the middle: the next one lets the guest go on, and no image stays', async () => {
    const { alpha } = lab.hosts
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    const suspending = alpha.run(zoneadm('suspend'))
    await until(
      'the image is being written',
      () => existsSync(join(alpha.root, `run/zones/${zone}.state`)),
      (isThere) => isThere,
    )
    await alpha.killZonesd()
    assert.notEqual((await suspending).code, 0)
    await until('the zone runs again', standing, (state) => state === 'running')
    await counter.advance(10, within(30))
    assert.deepEqual(counter.stop().gaps, [])
    await until(
      'the helper of the dead zonesd ends',
      () => alpha.run(['pgrep', '-f', `qemu-nbd.*${alpha.root}`]),
      ({ code }) => code !== 0,
    )
  })

  test('QEMU killed in the middle: the zone is installed and says why; it boots', async () => {
    const { alpha } = lab.hosts
    const suspending = alpha.run(zoneadm('suspend'))
    await until(
      'the image is being written',
      () => existsSync(join(alpha.root, `run/zones/${zone}.state`)),
      (isThere) => isThere,
    )
    await succeed(alpha, 'sh', '-c', `kill -9 "$(cat $KZ_ROOT/run/zones/${zone}.qemu.pid)"`)
    const { code, stderr } = await suspending
    assert.equal(code, 1, stderr)
    assert.match(stderr, /could not be suspended: .*ended while it was being suspended/)
    assert.equal(await standing(), 'installed')
    await succeed(alpha, ...zoneadm('boot'))
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    assert.equal(counter.report().damaged.length, 0)
  })

  test('suspended to a file; the host goes down and comes up; a changed configuration is refused, then the guest goes on', async () => {
    const { alpha } = lab.hosts
    await succeed(alpha, 'zonecfg', '-z', zone, 'select suspend; clear storage; set path=/images/web1; end')
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await succeed(alpha, ...zoneadm('suspend'))
    await alpha.killZonesd()
    await succeed(alpha, 'sh', '-c', 'rm -rf $KZ_ROOT/run/zones')
    assert.equal(await standing(), 'installed suspended')
    await succeed(alpha, 'zonecfg', '-z', zone, 'select virtual-cpu; set ncpus=2; end')
    await refused(alpha, /virtual CPUs: 1 then, 2 now/, zoneadm('boot'), 3)
    await succeed(alpha, 'zonecfg', '-z', zone, 'select virtual-cpu; set ncpus=1; end')
    await succeed(alpha, ...zoneadm('boot'))
    await counter.advance(10, within(30))
    assert.deepEqual(counter.stop().gaps, [])
    assert.equal(existsSync(join(alpha.root, 'images/web1')), false)
  })
})
