import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { MigrationRecord } from '../../src/agent/api.ts'
import { MigrationStatus } from '../../src/agent/progress.ts'
import { retryUntil } from '../../src/util/retry-until.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

/** The word to the target, and the guest going on there: some messages and commands, where two emulated hosts share two processors. */
const lastWordMs = 200
/** Of what is heard from the network: the guest counts ten times a second, and what it says can come late. */
const hearingMs = 600

/** A guest that goes over 32 MiB of its memory again and again, faster than the network is allowed to carry. */
suite('a guest that changes its memory faster than it is sent', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let lun: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'busy1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    const guest = { name: zone, storage: lun.suri, address, memory: '192M' }
    const busy = { ...guest, dirtyMibPerSecond: 400, dirtyAreaMib: 32 }
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), busy)
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const migrate = (from: 'alpha' | 'beta', ...options: readonly string[]) => {
    const to = from === 'alpha' ? 'beta' : 'alpha'
    const words = ['zoneadm', '-z', zone, 'migrate', ...options, `ssh://${lab.hosts[to].address}`]
    return lab.hosts[from].run(words, { timeoutMs: 240_000 })
  }

  const statusOn = async (host: 'alpha' | 'beta') =>
    MigrationStatus.parse(
      JSON.parse(await succeed(lab.hosts[host], 'zoneadm', '-z', zone, 'migrate', '--status', '--json')),
    )

  test('may pause for longer, is slowed down if that is not enough, and goes', async (t) => {
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    const migrating = migrate('alpha', '--bandwidth', '32M', '--max-pause', '600ms')
    const sending = await retryUntil(
      async () => {
        const status = await statusOn('alpha')
        return status.direction === 'out' && status.transfer !== null ? status : undefined
      },
      { timeoutMs: 30_000, intervalMs: 100 },
    )
    assert.ok(sending)
    assert.deepEqual([sending.kind, sending.phase], ['live', 'transfer'])
    assert.partialDeepStrictEqual(await statusOn('beta'), {
      direction: 'in',
      source: 'alpha',
      stage: 'receiving',
    })
    const shown = await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'migrate', '--status')
    assert.match(shown, /^A live migration to ssh:.*\nphase: transfer[^]*\n\[[#-]+\] .*left/)
    const { code, stderr } = await migrating
    assert.equal(code, 0, stderr)
    await counter.advance(10, within(30))
    const { gaps, longestSilenceMs } = counter.stop()
    assert.deepEqual(gaps, [])
    const { migrations } = JSON.parse(await succeed(lab.hosts.alpha, 'zoneadm', 'migrations', '--json')) as {
      migrations: MigrationRecord[]
    }
    const pauseMs = migrations.at(-1)?.pauseMs ?? Number.NaN
    t.diagnostic(`paused ${pauseMs} ms, silent for ${longestSilenceMs} ms`)
    assert.ok(pauseMs > 0 && pauseMs <= 600 + lastWordMs, `paused for ${pauseMs} ms`)
    assert.ok(longestSilenceMs <= 600 + hearingMs, `silent for ${longestSilenceMs} ms`)
    for (const host of ['alpha', 'beta'] as const) {
      assert.deepEqual(await statusOn(host), { direction: 'none' })
    }
    const told = stderr
      .split('\n')
      .filter((line) => line.includes('changes its memory as fast as it is sent'))
      // A busy host may have to try again.
      .slice(-2)
    assert.match(told[0] ?? '', /it may now pause for 600 ms/)
    assert.match(told[1] ?? '', /slowing the guest down/)
    assert.equal(await zoneState(lab.hosts.beta, zone), 'running')
    assert.deepEqual((await readCounterDisk(lun.backingFile)).faults, [])
  })

  test('is given up if it never gets there, and goes on where it was', async (t) => {
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    const { code, stderr } = await migrate('beta', '--bandwidth', '8M', '--max-pause', '300ms')
    assert.equal(code, 1, stderr)
    assert.match(
      stderr,
      /(faster than it can be sent|within the 300 ms that are allowed).* goes on running here/,
    )
    assert.match(stderr, /remedy: Allow a longer pause with --max-pause/)
    assert.equal(await zoneState(lab.hosts.beta, zone), 'running')
    assert.equal(await zoneState(lab.hosts.alpha, zone), 'configured')
    await counter.advance(5, within(30))
    const { gaps, longestSilenceMs } = counter.stop()
    assert.deepEqual(gaps, [])
    t.diagnostic(`silent for ${longestSilenceMs} ms`)
    assert.ok(longestSilenceMs <= 300 + hearingMs, `silent for ${longestSilenceMs} ms`)
  })

  test('may not be promised a pause that an emulated guest cannot keep', async () => {
    const { code, stderr } = await migrate('beta', '--max-pause', '10ms')
    assert.equal(code, 3, stderr)
    assert.match(stderr, /REFUSED memory\/pause/)
    assert.equal(await zoneState(lab.hosts.beta, zone), 'running')
  })

  test('mistakes in the limits are told before anything begins', async () => {
    for (const [option, value] of [
      ['--max-pause', '500'],
      ['--bandwidth', 'fast'],
    ] as const) {
      const { code, stderr } = await migrate('beta', option, value)
      assert.equal(code, 2, stderr)
      assert.match(stderr, new RegExp(`${option} takes `))
    }
  })
})
