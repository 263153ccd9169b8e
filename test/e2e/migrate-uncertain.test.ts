import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

/** The target's daemon stands still in the moment in which it is told to run the zone, and answers later. */
suite('a target that is silent at the switch-over', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let counter: CounterObserver
  const zone = 'web1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    const { suri } = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage: suri, address })
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
    counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  /** Migrates while the target's daemon is stopped from the transfer on; answers what the client said. */
  async function migrateToSilentTarget(): Promise<{ code: number | null; stderr: string }> {
    const { alpha, beta } = lab.hosts
    const client = alpha.spawn(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    let stderr = ''
    const ended = Promise.withResolvers<number | null>()
    client.once('close', (code) => ended.resolve(code))
    client.stderr?.on('data', (text: Buffer) => {
      stderr += text.toString()
      if (!stderr.includes('Starting migration.')) return
      void beta.zonesdPid().then((pid) => pid !== undefined && process.kill(pid, 'SIGSTOP'))
    })
    return { code: await ended.promise, stderr }
  }

  async function isMigrating(): Promise<boolean> {
    const { alpha, beta } = lab.hosts
    const listings = await Promise.all([alpha, beta].map((host) => succeed(host, 'zoneadm', 'list', '-cs')))
    return listings.some((listing) => listing.includes('migrating'))
  }

  async function wakeTarget(): Promise<void> {
    const pid = await lab.hosts.beta.zonesdPid()
    assert.ok(pid !== undefined)
    process.kill(pid, 'SIGCONT')
  }

  test('the zone is held, not doubled, and the message says what to type; --recover then finds where it runs', async () => {
    const { alpha, beta } = lab.hosts
    const { code, stderr } = await migrateToSilentTarget()
    assert.equal(code, 1, stderr)
    assert.match(stderr, /held here, stopped/)
    assert.match(stderr, /zoneadm -z web1 migrate --recover/)
    assert.match(await succeed(alpha, 'zoneadm', 'list', '-cs'), /migrating-out/)
    const again = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /not settled/)
    await wakeTarget()
    await succeed(alpha, 'zoneadm', '-z', zone, 'migrate', '--recover')
    assert.deepEqual([await zoneState(alpha, zone), await zoneState(beta, zone)], ['configured', 'running'])
    await counter.advance(20, { signal: AbortSignal.timeout(60_000) })
    assert.match((await alpha.run(['zoneadm', '-z', zone, 'migrate', '--recover'])).stderr, /No migration/)
    assert.equal(existsSync(join(alpha.root, `var/lib/zones/${zone}/migration.json`)), false)
    const told = (await succeed(alpha, 'zoneadm', 'migrations')).trim().split('\n')
    assert.deepEqual(
      told.slice(1).map((line) => line.split(/ {2,}/).at(-1)),
      ['uncertain', 'moved'],
    )
    await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '-q', `ssh://${alpha.address}`)
  })

  test('the same, and the source daemon is killed while it waits: the next one settles it by itself', async () => {
    const { alpha, beta } = lab.hosts
    await migrateToSilentTarget()
    await alpha.killZonesd('SIGKILL')
    await alpha.startZonesd()
    await wakeTarget()
    const end = performance.now() + 90_000
    while ((await isMigrating()) && performance.now() < end) await sleep(500)
    // Which host has it depends on what the target reads first: the ticket, or the end of the conversation.
    const states = [await zoneState(alpha, zone), await zoneState(beta, zone)]
    assert.equal(states.filter((state) => state === 'running').length, 1, states.join(', '))
    await counter.advance(20, { signal: AbortSignal.timeout(60_000) })
    const { gaps, damaged, isDisconnected } = counter.stop()
    assert.deepEqual({ gaps, damaged, isDisconnected }, { gaps: [], damaged: [], isDisconnected: false })
  })
})
