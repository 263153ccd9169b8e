import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { damageOwner, ownerOnDisk } from './owner-on-disk.ts'
import { machineRemains, refused, stateOn, until, zoneOn } from './zone-steps.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

suite('the boot device says whose the zone is', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let lun: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'web1'

  before(async () => {
    // Whether a zone is still its own a host looks every 3 seconds here, and not every 30.
    lab = await createLab({ hosts: ['alpha', 'beta'], environment: () => ({ KZ_TEST_PATIENCE: '0.1' }) })
    lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage: lun.suri, address })
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const zoneadm = (host: 'alpha' | 'beta', ...argv: readonly string[]) =>
    succeed(lab.hosts[host], 'zoneadm', '-z', zone, ...argv)
  const owner = async (host: 'alpha' | 'beta') => {
    const record = await ownerOnDisk(lun.backingFile, lab.hosts[host], zone)
    assert.ok(record)
    return [record.owner.name, record.state, record.generation, record.transit?.to.name]
  }

  test('a live migration takes the record along, and a cold one back', async () => {
    assert.deepEqual(await owner('alpha'), ['alpha', 'installed', 1, undefined])
    await zoneadm('alpha', 'boot')
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    assert.deepEqual(await owner('alpha'), ['alpha', 'running', 1, undefined])
    await zoneadm('alpha', 'migrate', `ssh://${lab.hosts.beta.address}`)
    await counter.advance(5, within(30))
    assert.deepEqual(await owner('beta'), ['beta', 'running', 2, undefined])
    assert.deepEqual(counter.stop().gaps, [])
    await zoneadm('beta', 'halt')
    assert.deepEqual(await owner('beta'), ['beta', 'installed', 2, undefined])
    await zoneadm('beta', 'migrate', `ssh://${lab.hosts.alpha.address}`)
    assert.deepEqual(await owner('alpha'), ['alpha', 'installed', 3, undefined])
  })

  test('a migration that is refused changes nothing on the disk', async () => {
    await succeed(lab.hosts.beta, 'zonesd', 'maintenance', 'on', 'new disks')
    const argv = ['zoneadm', '-z', zone, 'migrate', `ssh://${lab.hosts.beta.address}`]
    await refused(lab.hosts.alpha, /new disks|identity\/maintenance|nothing has moved/i, argv, 3)
    await succeed(lab.hosts.beta, 'zonesd', 'maintenance', 'off')
    assert.deepEqual(await owner('alpha'), ['alpha', 'installed', 3, undefined])
  })

  test('a host that is cut off loses its zone to one that takes it over by force, and is refused when it is back', async () => {
    const { alpha, beta } = lab.hosts
    await zoneadm('alpha', 'boot')
    await (await observeWhenReady(lab.observer, lab.guestAddress(1)))[Symbol.asyncDispose]()
    await alpha.cutLink()
    const words = await refused(beta, /is in use by host alpha/, ['zoneadm', '-z', zone, 'attach'])
    assert.match(words, /last known state: running/)
    assert.match(words, /attach -x force-takeover/)
    assert.equal(await stateOn(beta, zone), 'configured')
    await zoneadm('beta', 'attach', '-x', 'force-takeover')
    assert.deepEqual(await owner('beta'), ['beta', 'installed', 4, undefined])
    assert.equal(await stateOn(alpha, zone), 'running', 'alpha knows nothing of it yet')
    await alpha.healLink()
    await until(
      'the zone is unavailable on alpha',
      () => stateOn(alpha, zone),
      (state) => state === 'unavailable',
    )
    await until(
      'nothing runs of it on alpha',
      () => machineRemains(alpha),
      (remains) => remains.length === 0,
    )
    assert.match((await zoneOn(alpha, zone)).reason ?? '', /is in use by host beta/)
    for (const command of ['boot', 'attach']) {
      await refused(alpha, /in use by host beta/, ['zoneadm', '-z', zone, command])
    }
    await zoneadm('beta', 'boot')
    await (await observeWhenReady(lab.observer, lab.guestAddress(1)))[Symbol.asyncDispose]()
    assert.deepEqual(await owner('beta'), ['beta', 'running', 4, undefined])
  })

  test('it can be given back in order: halted and detached there, attached here', async () => {
    await zoneadm('beta', 'halt')
    await zoneadm('beta', 'detach')
    assert.deepEqual(await owner('beta'), ['beta', 'detached', 4, undefined])
    await zoneadm('alpha', 'attach')
    assert.deepEqual(await owner('alpha'), ['alpha', 'installed', 5, undefined])
  })

  test('what is damaged is told; the zone is unavailable until new host data are begun', async () => {
    const { alpha } = lab.hosts
    await damageOwner(lun.backingFile)
    await refused(alpha, /host data on "iscsi:.*" cannot be used/, ['zoneadm', '-z', zone, 'boot'])
    assert.equal(await stateOn(alpha, zone), 'unavailable')
    await zoneadm('alpha', 'attach', '-x', 'initialize-hostdata')
    await zoneadm('alpha', 'boot')
    await (await observeWhenReady(lab.observer, lab.guestAddress(1)))[Symbol.asyncDispose]()
    assert.equal((await owner('alpha'))[1], 'running')
  })

  test('a new key under a running guest: it migrates, and nothing opens with the old one', async () => {
    const keyFile = join(lab.hosts.alpha.root, 'var/lib/zones', zone, 'key')
    const old = await readFile(keyFile, 'utf8')
    await zoneadm('alpha', 'rekey')
    assert.notEqual(await readFile(keyFile, 'utf8'), old)
    await zoneadm('alpha', 'migrate', `ssh://${lab.hosts.beta.address}`)
    assert.equal((await owner('beta'))[0], 'beta')
    const there = join(lab.hosts.beta.root, 'var/lib/zones', zone, 'key')
    assert.equal(await readFile(there, 'utf8'), await readFile(keyFile, 'utf8'))
  })

  test('a zone with two boot disks has its owner on both, wherever it goes', async () => {
    const { alpha, beta } = lab.hosts
    const name = 'pair'
    const luns = [
      await lab.storage.createLun({ name: 'first', sizeBytes: 64 * 1024 * 1024 }),
      await lab.storage.createLun({ name: 'second', sizeBytes: 32 * 1024 * 1024 }),
    ]
    const [first, second] = luns
    assert.ok(first && second)
    await installGuestZone(alpha, await ensureGuest(), {
      name,
      storage: first.suri,
      address: `${lab.guestAddress(2)}/24`,
      memory: '192M',
      more: `add device; set storage=${second.suri}; set bootpri=1; end`,
    })
    const owners = (host: 'alpha' | 'beta') =>
      Promise.all(
        luns.map(async ({ backingFile }) => {
          const record = await ownerOnDisk(backingFile, lab.hosts[host], name)
          return [record?.owner.name, record?.state, record?.device].join(' ')
        }),
      )
    await succeed(alpha, 'zoneadm', '-z', name, 'boot')
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(2))
    for (const [from, to] of [
      ['alpha', 'beta'],
      ['beta', 'alpha'],
    ] as const) {
      assert.deepEqual(await owners(from), [`${from} running 0`, `${from} running 1`])
      const target = `ssh://${lab.hosts[to].address}`
      await succeed(lab.hosts[from], 'zoneadm', '-z', name, 'migrate', target)
      await counter.advance(5, within(30))
      await until(
        `both disks name ${to}`,
        () => owners(to),
        (words) => words.every((each) => each.startsWith(`${to} running`)),
      )
    }
    assert.deepEqual(counter.stop().gaps, [])
    // The first is lost: the other one still says who has the zone, and the next boot mends the first.
    await succeed(alpha, 'zoneadm', '-z', name, 'halt')
    await damageOwner(first.backingFile)
    const attach = ['zoneadm', '-z', name, 'attach']
    await refused(beta, /is in use by host alpha/, attach)
    await succeed(alpha, 'zoneadm', '-z', name, 'boot')
    assert.deepEqual(await owners('alpha'), ['alpha running 0', 'alpha running 1'])
    const shown = await succeed(alpha, 'kzhostdata', '-z', name)
    assert.match(shown, /guest sees: +63 MiB/)
    assert.match(shown, /on device 1: .*\n +owner: +alpha .*\n +guest sees: +31 MiB/)
    await succeed(alpha, 'zoneadm', '-z', name, 'halt')
  })
})
