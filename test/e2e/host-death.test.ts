import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkCounterRing, readCounterDisk, readRing, recordsOf } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { comeUp, goDown } from '../hosts/go-down.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { ownerOnDisk } from './owner-on-disk.ts'
import { machineRemains, refused, stateOn, until, zoneOn } from './zone-steps.ts'

const mib = 1024 * 1024
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

suite('a host dies, and another one takes its zones over by force', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  type Lun = Awaited<ReturnType<TestLab['storage']['createLun']>>
  let lab: TestLab
  let disks: Record<'web1' | 'slept', Lun>
  /** Of the suspended guest. */
  let counter: CounterObserver
  /** What was on the disk of the running guest when its host was dead. */
  let committed: Buffer

  before(async () => {
    // Whether a zone is still its own a host looks every 3 seconds here, and not every 30.
    lab = await createLab({ hosts: ['alpha', 'beta'], environment: () => ({ KZ_TEST_PATIENCE: '0.1' }) })
    const { alpha, beta } = lab.hosts
    const lun = (name: string, sizeMib: number) => lab.storage.createLun({ name, sizeBytes: sizeMib * mib })
    disks = { web1: await lun('web1', 64), slept: await lun('slept', 64) }
    const image = await lun('slept-image', 256)
    const guest = await ensureGuest()
    const install = async (name: 'web1' | 'slept', number: number, more: string) => {
      const address = `${lab.guestAddress(number)}/24`
      // Beta has its configuration, its key and its kernel from here on.
      await installGuestZone(beta, guest, { name, storage: disks[name].suri, address, memory: '192M', more })
      await succeed(beta, 'zoneadm', '-z', name, 'migrate', `ssh://${alpha.address}`)
      await succeed(alpha, 'zoneadm', '-z', name, 'boot')
    }
    const suspend = `add suspend; set storage=${image.suri}; end`
    await Promise.all([
      install('web1', 1, 'set autoboot=true'),
      install('slept', 2, `set autoboot=true; ${suspend}`),
    ])
    counter = await observeWhenReady(lab.observer, lab.guestAddress(2))
    await succeed(alpha, 'zoneadm', '-z', 'slept', 'suspend')
  })

  after(async () => {
    await counter?.[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const owner = async (host: 'alpha' | 'beta', zone: 'web1' | 'slept') => {
    const record = await ownerOnDisk(disks[zone].backingFile, lab.hosts[host], zone)
    return [record?.owner.name, record?.state, record?.generation].join(' ')
  }
  const zoneadm = (zone: string, ...argv: readonly string[]) =>
    succeed(lab.hosts.beta, 'zoneadm', '-z', zone, ...argv)

  test('without a word of its operator the other host refuses, and says what to do', async () => {
    const { alpha, beta } = lab.hosts
    await using running = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await running.advance(20, within(20))
    await goDown(alpha)
    assert.deepEqual(alpha.processes(), [])
    committed = await readRing(disks.web1.backingFile)
    const { newest, faults } = checkCounterRing(committed)
    assert.deepEqual(faults, [])
    assert.ok((newest?.number ?? 0) > 0)
    for (const [zone, state] of [
      ['web1', 'running'],
      ['slept', 'suspended'],
    ] as const) {
      const words = await refused(beta, /is in use by host alpha/, ['zoneadm', '-z', zone, 'attach'])
      assert.match(
        words,
        new RegExp(`last known state: ${state}\n +host id: \\S+\n +last update time: \\S+\n`),
      )
      assert.match(
        words,
        new RegExp(`detach the zone from the other host.*on alpha zoneadm -z ${zone} detach`),
      )
      assert.match(words, new RegExp(`Only if it is not active.*zoneadm -z ${zone} attach -x force-takeover`))
      assert.equal(await stateOn(beta, zone), 'configured')
      await refused(beta, /must be installed before 'boot'[\s\S]*take it over: zoneadm -z \S+ attach/, [
        'zoneadm',
        '-z',
        zone,
        'boot',
      ])
    }
    assert.deepEqual(
      [await owner('alpha', 'web1'), await owner('alpha', 'slept')],
      ['alpha running 2', 'alpha suspended 2'],
    )
  })

  test('by force it takes the one that ran: it boots there, with all that was committed', async () => {
    await zoneadm('web1', 'attach', '-x', 'force-takeover')
    assert.equal(await owner('beta', 'web1'), 'beta installed 3')
    assert.deepEqual(await readRing(disks.web1.backingFile), committed)
    await zoneadm('web1', 'boot')
    await using running = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await running.advance(20, within(20))
    assert.deepEqual([running.stop().gaps, await owner('beta', 'web1')], [[], 'beta running 3'])
    // What the new guest has not written over is what the old one had written.
    const old = recordsOf(committed)
    const bootId = checkCounterRing(committed).newest?.bootId
    for (const [block, record] of recordsOf(await readRing(disks.web1.backingFile)).entries()) {
      if (record === undefined || record.bootId === bootId)
        assert.deepEqual(record, old[block], `block ${block}`)
    }
  })

  test('by force it takes the one that was suspended: its guest goes on from the image', async () => {
    const suspendedAt = counter.report().last ?? Number.NaN
    await zoneadm('slept', 'attach', '-x', 'force-takeover')
    assert.deepEqual((await zoneOn(lab.hosts.beta, 'slept')).auxiliary, ['suspended'])
    assert.equal(await owner('beta', 'slept'), 'beta suspended 3')
    await zoneadm('slept', 'boot')
    await counter.advance(10, within(30))
    const { gaps, damaged, last = 0 } = counter.stop()
    assert.deepEqual([gaps, damaged], [[], []])
    assert.ok(last > suspendedAt)
    const { faults, bootIds } = await readCounterDisk(disks.slept.backingFile)
    assert.deepEqual([faults, bootIds.length], [[], 1])
    assert.equal(await owner('beta', 'slept'), 'beta running 3')
  })

  test('the host that is back starts neither, lists both as unavailable, and says whose they are', async () => {
    const { alpha } = lab.hosts
    await using web1 = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await using slept = await observeWhenReady(lab.observer, lab.guestAddress(2))
    await comeUp(alpha)
    // As its service does after zonesd has started.
    const booted = await alpha.run(['zonesd', 'boot-zones'], { timeoutMs: 60_000 })
    for (const zone of ['web1', 'slept'] as const) {
      assert.match(booted.stderr, new RegExp(`zone '${zone}': is in use by host beta`))
      await refused(alpha, /in use by host beta/, ['zoneadm', '-z', zone, 'boot'])
      const { state, reason = '' } = await zoneOn(alpha, zone)
      assert.equal(state, 'unavailable')
      assert.match(reason, /is in use by host beta/)
      await refused(alpha, /in use by host beta/, ['zoneadm', '-z', zone, 'attach'])
    }
    // The host goes down once more, and comes up.
    const again = await alpha.run(['zonesd', 'boot-zones'], { timeoutMs: 60_000 })
    for (const zone of ['web1', 'slept']) {
      assert.match(
        again.stderr,
        new RegExp(`zone '${zone}': not booted, since it is unavailable: is in use by host beta`),
      )
    }
    // Also when it has looked by itself.
    await sleep(4_000)
    assert.deepEqual(await machineRemains(alpha), [])
    for (const each of [web1, slept]) {
      await each.advance(5, within(10))
      assert.deepEqual(each.stop().gaps, [])
    }
    for (const zone of ['web1', 'slept'] as const) {
      assert.equal(await owner('beta', zone), 'beta running 3')
      assert.deepEqual((await readCounterDisk(disks[zone].backingFile)).faults.length, 0)
    }
  })

  test('halted and detached where they are, they go back in order', async () => {
    await zoneadm('slept', 'halt')
    await zoneadm('slept', 'detach')
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', 'slept', 'attach')
    assert.equal(await owner('alpha', 'slept'), 'alpha installed 4')
    await until(
      'alpha lists it as installed',
      () => stateOn(lab.hosts.alpha, 'slept'),
      (state) => state === 'installed',
    )
  })
})
