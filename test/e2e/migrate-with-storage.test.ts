import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { MigrationSummary } from '../../src/agent/api.ts'
import { Holds, holdFolder } from '../faults/holds.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { createLab } from '../hosts/lab.ts'
import { NfsServer } from '../hosts/nfs-server.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'
import { refused, until } from './zone-steps.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })
const zone = 'web1'
const local = 'file:///zones/web1.disk'

suite('a zone on a local disk goes to another host by one command', () => {
  let lab: Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let nfs: NfsServer
  let storage: string
  let counter: CounterObserver
  let holds: Holds
  const migrate = (...words: readonly string[]) => ['zoneadm', '-z', zone, 'migrate', ...words]
  const target = () => `ssh://${lab.hosts.beta.address}`

  before(async () => {
    lab = await createLab({
      hosts: ['alpha', 'beta'],
      environment: (folder) => ({ KZ_TEST_HOLDS: holdFolder(folder) }),
    })
    holds = new Holds(lab.hosts.alpha)
    const { address, prefix } = lab.storage
    nfs = new NfsServer({ label: lab.label, folder: join(lab.folder, 'nfs'), address, prefix })
    await nfs.start()
    storage = nfs.suri(zone, '1000:1000')
    const guest = { name: zone, storage: local, address: `${lab.guestAddress(1)}/24`, memory: '192M' }
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), guest)
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
    counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
  })

  after(async () => {
    await nfs[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const isNoted = (file: string) => existsSync(join(lab.hosts.alpha.root, 'var/lib/zones', zone, file))

  /** Begins it, and ends zonesd when it comes to a point. */
  async function killedAt(point: string, argv: readonly string[]): Promise<void> {
    const { alpha } = lab.hosts
    await holds.set(point)
    const ended = once(alpha.spawn(argv), 'close')
    await holds.held(point, AbortSignal.timeout(60_000))
    await alpha.killZonesd()
    await holds.release()
    await ended
  }

  /** The next zonesd, when it has seen to what the one before it has left. */
  async function takenUp(): Promise<void> {
    await lab.hosts.alpha.startZonesd()
    await until(
      'the way back',
      () => isNoted('with-storage.json'),
      (is) => !is,
    )
    await until(
      'state',
      () => zoneState(lab.hosts.alpha, zone),
      (state) => state === 'running' || state === 'installed',
    )
  }

  async function isWhereItWas(): Promise<void> {
    const { alpha } = lab.hosts
    assert.equal(await zoneState(alpha, zone), 'running')
    for (const live of [[], ['-r']]) {
      const shown = await succeed(alpha, 'zonecfg', '-z', zone, ...live, 'info', 'device', 'id=0')
      assert.match(shown, new RegExp(`storage: ${local}\n`))
    }
    assert.deepEqual(await readdir(nfs.share), [], 'what was made is removed')
    assert.deepEqual([isNoted('move.json'), isNoted('with-storage.json')], [false, false])
    await counter.advance(5, within(30))
  }

  test('the dry run judges the zone as it would be there, and leaves nothing', async () => {
    const { alpha } = lab.hosts
    const without = await alpha.run(migrate('-n', target()))
    assert.equal(without.code, 3)
    assert.match(without.stdout, /storage\/local/)
    const report = await succeed(alpha, ...migrate('-n', '--with-storage', storage, target()))
    assert.match(report, /can go ahead/)
    await isWhereItWas()
  })

  test('what would not go is refused before anything is copied', async () => {
    const { alpha, beta } = lab.hosts
    await refused(
      alpha,
      /has 1 on local storage \(device 0 on file:\/\/\/zones\/web1.disk\), and new storage was named for 2/,
      migrate('--with-storage', storage, '--with-storage', `${storage}2`, target()),
      2,
    )
    const smaller = [
      'create -b; set brand=solaris-kz',
      'add capped-memory; set physical=64M; end',
      `add device; set storage=${storage}; set bootpri=0; end`,
    ]
    await succeed(beta, 'zonecfg', '-z', zone, smaller.join('; '))
    const { code, stderr } = await alpha.run(migrate('--with-storage', storage, target()))
    assert.equal(code, 3)
    assert.match(stderr, /must-match\/memory|capped-memory/)
    assert.doesNotMatch(stderr, /Copying/)
    await succeed(beta, 'zonecfg', '-z', zone, 'delete', '-F')
    await isWhereItWas()
  })

  test('a migration that is cancelled after its disk was moved takes the disk back', async () => {
    const { alpha, beta } = lab.hosts
    const client = alpha.spawn(migrate('--bandwidth', '4M', '--with-storage', storage, target()))
    let said = ''
    client.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    const ended = once(client, 'close')
    const phase = async () => {
      const status = JSON.parse(await succeed(alpha, ...migrate('--status', '--json'))) as { phase?: string }
      return status.phase
    }
    await until('the phase', phase, (now) => now === 'transfer')
    assert.deepEqual(await readdir(nfs.share), [zone])
    await succeed(alpha, ...migrate('--cancel'))
    const [code] = await ended
    assert.equal(code, 130, said)
    assert.match(said, /its disks go back to their old storage/)
    assert.equal(await zoneState(beta, zone), undefined)
    await isWhereItWas()
  })

  test('zonesd is killed between the two, and again on the way back: the disk goes back, and nothing is left', async () => {
    const { beta } = lab.hosts
    await killedAt('storage.moved', migrate('--with-storage', storage, target()))
    assert.deepEqual(await readdir(nfs.share), [zone])
    assert.ok(isNoted('with-storage.json'))
    await killedAt('storage.back', ['zoneadm', 'list'])
    assert.ok(isNoted('with-storage.json'))
    await takenUp()
    assert.equal(await zoneState(beta, zone), undefined)
    await isWhereItWas()
  })

  test('zonesd is killed while the memory is on its way: the zone stays, and its disk goes back', async () => {
    const { beta } = lab.hosts
    await killedAt('transfer.active', migrate('--with-storage', storage, target()))
    await takenUp()
    assert.equal(await zoneState(beta, zone), undefined)
    await isWhereItWas()
  })

  test('its disk goes to the shared storage and the zone to the other host, and its guest writes all along', async () => {
    const { alpha, beta } = lab.hosts
    const output = await succeed(alpha, ...migrate('--json', '--with-storage', storage, target()))
    const { kind, phases } = JSON.parse(output) as MigrationSummary
    assert.deepEqual([kind, phases[0]?.name], ['live', 'storage'])
    assert.deepEqual([await zoneState(alpha, zone), await zoneState(beta, zone)], ['configured', 'running'])
    await counter.advance(5, within(30))
    const { gaps, damaged } = counter.stop()
    assert.deepEqual({ gaps, damaged }, { gaps: [], damaged: [] })
    await succeed(beta, 'zoneadm', '-z', zone, 'halt')
    assert.deepEqual((await readCounterDisk(join(nfs.share, zone))).faults, [])
    assert.ok(existsSync(join(alpha.root, 'zones/web1.disk')), 'the old disk stays')
  })

  test('a zone that is down goes the same way', async () => {
    const { alpha, beta } = lab.hosts
    await succeed(beta, 'zoneadm', '-z', zone, 'move', '-p', 'file:///zones/here.disk')
    const there = `${storage}-cold`
    await succeed(beta, ...migrate('-w', '--with-storage', there, `ssh://${alpha.address}`))
    assert.deepEqual([await zoneState(alpha, zone), await zoneState(beta, zone)], ['installed', 'configured'])
    assert.ok((await readdir(nfs.share)).includes(`${zone}-cold`))
    await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
    await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
  })
})
