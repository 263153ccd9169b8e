import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { retryUntil } from '../../src/util/retry-until.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'
import { refused } from './zone-steps.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })
const sizeBytes = 64 * 1024 * 1024
/** At the end of a boot device, beyond what its guest sees. */
const hostDataBytes = 1024 ** 2
const slowLink = { rateMbitPerSecond: 40 }

suite("a zone's storage is moved while its guest writes", () => {
  let lab: Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lun: Awaited<ReturnType<typeof lab.storage.createLun>>
  let data: typeof lun
  let counter: CounterObserver
  const zone = 'web1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    lun = await lab.storage.createLun({ name: 'boot', sizeBytes: sizeBytes + hostDataBytes })
    data = await lab.storage.createLun({ name: 'data', sizeBytes })
    const { alpha } = lab.hosts
    // A data disk that is full, so that its copy takes its time.
    await mkdir(join(alpha.root, 'zones'), { recursive: true })
    await writeFile(join(alpha.root, 'zones/data.disk'), randomBytes(sizeBytes))
    await installGuestZone(alpha, await ensureGuest(), {
      name: zone,
      storage: 'file:///zones/web1.disk',
      address: `${lab.guestAddress(1)}/24`,
      memory: '192M',
      more: 'add device; set storage=file:///zones/data.disk; end',
    })
    await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
    counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const move = (...options: readonly string[]) => ['zoneadm', '-z', zone, 'move', ...options]
  const storageOf = async (id: number, ...live: readonly string[]) => {
    const text = await succeed(lab.hosts.alpha, 'zonecfg', '-z', zone, ...live, 'info', 'device', `id=${id}`)
    return /storage: (\S+)/.exec(text)?.[1]
  }

  test('the check refuses local disks, and prints the command that moves them', async () => {
    const { alpha, beta } = lab.hosts
    const { code, stdout } = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      '-n',
      `ssh://${beta.address}`,
    ])
    assert.equal(code, 3)
    assert.match(stdout, /alpha# zoneadm -z web1 move -p iscsi:\/\/HOST\/target.IQN,lun.LUN -x id=0/)
    assert.match(stdout, /alpha# zoneadm -z web1 move -p iscsi:\/\/HOST\/target.IQN,lun.LUN -x id=1/)
  })

  test('storage that does not fit is refused, and nothing is changed', async () => {
    const { alpha } = lab.hosts
    const small = await lab.storage.createLun({ name: 'small', sizeBytes: sizeBytes / 2 })
    await refused(alpha, /has 33554432 bytes, and device 0 needs at least 68157440/, move('-p', small.suri))
    await refused(
      alpha,
      /has 33554432 bytes, and device 1 needs exactly 67108864/,
      move('-p', small.suri, '-x', 'id=1'),
    )
    await refused(alpha, /is in use by zone 'web1'/, move('-p', 'file:///zones/data.disk'))
    await writeFile(join(alpha.root, 'zones/other.disk'), randomBytes(sizeBytes + hostDataBytes))
    await refused(alpha, /holds data, which would be overwritten/, move('-p', 'file:///zones/other.disk'))
    await refused(alpha, /has no device 7/, move('-p', lun.suri, '-x', 'id=7'), 2)
    await refused(alpha, /expected one of dev:.* at column 1/, move('-p', 'tape:///dev/st0'), 2)
    assert.equal(await storageOf(0), 'file:///zones/web1.disk')
    assert.equal(existsSync(join(alpha.root, 'var/lib/zones/web1/move.json')), false)
  })

  test('Ctrl-C in the middle leaves the zone on its old storage, and what was made is removed', async () => {
    const { alpha } = lab.hosts
    await alpha.shapeLink(slowLink)
    const client = alpha.spawn(move('-p', data.suri, '-x', 'id=1'))
    let said = ''
    client.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    const ended = once(client, 'close')
    await retryUntil(async () => /Copying/.test(said) || undefined, { timeoutMs: 30_000, intervalMs: 20 })
    const meanwhile = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${lab.hosts.beta.address}`])
    assert.match(meanwhile.stderr, /another operation is under way: move/)
    process.kill(client.pid ?? 0, 'SIGINT')
    const [code] = await ended
    assert.equal(code, 130, said)
    assert.equal(await storageOf(1), 'file:///zones/data.disk')
    await counter.advance(5, within(30))
  })

  test('zonesd is killed in the middle: the next one gives the copy up, and it can be begun again', async () => {
    const { alpha } = lab.hosts
    const client = alpha.spawn(move('-F', '-p', data.suri, '-x', 'id=1'))
    let said = ''
    client.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    const ended = once(client, 'close')
    await retryUntil(async () => /Copying/.test(said) || undefined, { timeoutMs: 30_000, intervalMs: 20 })
    await alpha.killZonesd('SIGKILL')
    const [code] = await ended
    assert.equal(code, 1, said)
    const runs = async () => ((await zoneState(alpha, zone)) === 'running' ? true : undefined)
    assert.ok(await retryUntil(runs, { timeoutMs: 60_000, intervalMs: 200 }))
    const isSettled = async () =>
      existsSync(join(alpha.root, 'var/lib/zones/web1/move.json')) ? undefined : true
    assert.ok(await retryUntil(isSettled, { timeoutMs: 30_000, intervalMs: 100 }))
    assert.equal(await storageOf(1, '-r'), 'file:///zones/data.disk')
    await alpha.shapeLink({})
  })

  test('a local zone is moved to shared storage, and then migrates, and its guest writes all along', async () => {
    const { alpha, beta } = lab.hosts
    await succeed(alpha, ...move('-p', lun.suri))
    await succeed(alpha, ...move('-F', '-p', data.suri, '-x', 'id=1'))
    const disks = [join(alpha.root, 'zones/data.disk'), data.backingFile]
    const [from, to] = await Promise.all(disks.map((path) => readFile(path)))
    assert.ok(from !== undefined && to?.equals(from))
    for (const live of [[], ['-r']]) {
      assert.deepEqual([await storageOf(0, ...live), await storageOf(1, ...live)], [lun.suri, data.suri])
    }
    await counter.advance(5, within(30))
    await succeed(alpha, 'zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`)
    assert.equal(await zoneState(beta, zone), 'running')
    await counter.advance(5, within(30))
    await succeed(beta, 'zoneadm', '-z', zone, 'migrate', `ssh://${alpha.address}`)
    await counter.advance(5, within(30))
    const { gaps, damaged, isDisconnected } = counter.stop()
    assert.deepEqual({ gaps, damaged, isDisconnected }, { gaps: [], damaged: [], isDisconnected: false })
    assert.deepEqual((await readCounterDisk(lun.backingFile)).faults, [])
  })

  test('a zone that is down is moved by a copy, onto storage that is made for it', async () => {
    const { alpha } = lab.hosts
    await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
    await succeed(alpha, ...move('-p', 'file:///zones/back.disk'))
    assert.equal(await storageOf(0), 'file:///zones/back.disk')
    const [from, to] = await Promise.all(
      [lun.backingFile, join(alpha.root, 'zones/back.disk')].map(async (path) =>
        (await readFile(path)).subarray(0, sizeBytes),
      ),
    )
    assert.ok(from !== undefined && to?.equals(from))
    await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
    counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    counter.stop()
    await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
    await succeed(alpha, 'zoneadm', '-z', zone, 'uninstall', '-F')
    assert.equal(existsSync(join(alpha.root, 'zones/back.disk')), false, 'what was made for it goes with it')
    assert.ok(existsSync(data.backingFile))
  })
})
