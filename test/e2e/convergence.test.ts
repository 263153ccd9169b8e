import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

/** A guest that goes over 48 MiB of its memory again and again, faster than the network is allowed to carry. */
suite('a guest that changes its memory faster than it is sent', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let lun: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'busy1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    const guest = { name: zone, storage: lun.suri, address, memory: '256M' }
    const busy = { ...guest, dirtyMibPerSecond: 400, dirtyAreaMib: 48 }
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
    return lab.hosts[from].run(words, { timeoutMs: 120_000 })
  }

  test('may pause for longer, is slowed down if that is not enough, and goes', async () => {
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    const { code, stderr } = await migrate('alpha', '--bandwidth', '40M', '--max-pause', '600ms')
    assert.equal(code, 0, stderr)
    const told = stderr
      .split('\n')
      .filter((line) => line.includes('changes its memory as fast as it is sent'))
    assert.equal(told.length, 2, stderr)
    assert.match(told[0] ?? '', /it may now pause for 600 ms/)
    assert.match(told[1] ?? '', /slowing the guest down/)
    await counter.advance(10, within(30))
    assert.deepEqual(counter.stop().gaps, [])
    assert.equal(await zoneState(lab.hosts.beta, zone), 'running')
    assert.deepEqual((await readCounterDisk(lun.backingFile)).faults, [])
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
