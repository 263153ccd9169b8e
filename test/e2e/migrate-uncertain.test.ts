import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Holds, holdFolder } from '../faults/holds.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

function commandLineOf(pid: number): string {
  const path = `/proc/${pid}/cmdline`
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The target's daemon stands still in the moment in which it is told to run the zone, and answers later. */
suite('a target that is silent at the switch-over', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let counter: CounterObserver
  const zone = 'web1'

  before(async () => {
    lab = await createLab({
      hosts: ['alpha', 'beta'],
      environment: (folder) => ({ KZ_TEST_HOLDS: holdFolder(folder) }),
    })
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
    const holds = new Holds(beta)
    await holds.set('go.continued')
    const target = `ssh://${beta.address}`
    const { code, stderr } = await alpha.run(['zoneadm', '-z', zone, 'migrate', target], {
      timeoutMs: 120_000,
    })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /held here, stopped/)
    assert.match(stderr, /zoneadm -z web1 migrate --recover/)
    assert.match(await succeed(alpha, 'zoneadm', 'list', '-cs'), /migrating-out/)
    const again = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /not settled/)
    await holds.release()
    const recovered = await alpha.run(['zoneadm', '-z', zone, 'migrate', '--recover'], { timeoutMs: 60_000 })
    assert.equal(recovered.code, 0, recovered.stderr)
    const found =
      /Found: .*\n.*Here: its guest stands still, all of its memory was sent\.\n.*says: it has come there/
    assert.match(recovered.stderr, found)
    assert.deepEqual(await statesNow(), ['configured', 'running'], recovered.stderr)
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

  /** Migrates to a target that cannot be reached any more once the guest has gone on there; it stands still before it tells anybody. */
  async function migrateToLostTarget() {
    const { alpha, beta } = lab.hosts
    const holds = new Holds(beta)
    await holds.set('go.continued')
    const command = ['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`]
    const ended = alpha.run(command, { timeoutMs: 120_000 })
    await holds.held('go.continued', AbortSignal.timeout(60_000))
    await beta.stopSshd()
    // What is open stays open without it.
    for (const pid of alpha.processes()) if (commandLineOf(pid).includes('dial-stdio')) process.kill(pid)
    return { holds, ended }
  }

  const statesNow = async () => [
    await zoneState(lab.hosts.alpha, zone),
    await zoneState(lab.hosts.beta, zone),
  ]

  test('the target has written its name on the disk and cannot be reached: the source gives the zone up, and says who has it', async () => {
    const { alpha, beta } = lab.hosts
    const { holds, ended } = await migrateToLostTarget()
    await holds.release()
    const { code, stderr } = await ended
    assert.equal(code, 1, stderr)
    assert.match(
      stderr,
      /by its boot device host beta has it \(running, last updated .*; it was detached here/,
    )
    assert.match(stderr, /attach -x force-takeover, then zoneadm -z web1 boot/)
    assert.deepEqual(await statesNow(), ['configured', 'running'])
    assert.match((await alpha.run(['zoneadm', '-z', zone, 'attach'])).stderr, /is in use by host beta/)
    for (const host of [alpha, beta]) {
      const { code: again, stderr: said } = await host.run(['zoneadm', '-z', zone, 'migrate', '--recover'])
      assert.equal(again, 0, said)
      assert.match(said, /No migration of this zone is unsettled here/)
    }
    await counter.advance(20, { signal: AbortSignal.timeout(60_000) })
    await beta.startSshd()
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

  test('the target goes down with it: --recover there waits for the source, and forgets the zone once that has taken it back', async () => {
    const { alpha, beta } = lab.hosts
    if ((await zoneState(alpha, zone)) !== 'running') {
      await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '-q', `ssh://${alpha.address}`)
    }
    const { ended } = await migrateToLostTarget()
    for (const pid of beta.processes()) process.kill(pid, 'SIGKILL')
    rmSync(join(beta.root, 'run'), { recursive: true })
    await new Holds(beta).release()
    const { code, stderr } = await ended
    assert.equal(code, 1, stderr)
    assert.match(stderr, /by its boot device host alpha has it \(running, offered to beta, /)

    const there = ['zoneadm', '-z', zone, 'migrate', '--recover']
    for (let time = 0; time < 2; time += 1) {
      const early = await beta.run(there)
      assert.equal(early.code, 1, early.stderr)
      assert.match(early.stderr, /Here: this host went down since, and it may have begun to run before/)
      assert.match(early.stderr, /On alpha: zoneadm -z web1 migrate --recover/)
    }
    const forced = await alpha.run([...there, '-F'], { timeoutMs: 60_000 })
    assert.match(forced.stderr, /zoneadm -z web1 boot/)
    assert.match(await succeed(alpha, 'zoneadm', 'list', '-c'), /web1/)
    assert.match((await beta.run(there)).stderr, /The migration from alpha is forgotten here/)
    assert.equal(await zoneState(alpha, zone), 'installed')
    // Its configuration stays there if it was there before.
    assert.ok(['configured', undefined].includes(await zoneState(beta, zone)))
    await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
    await using anew = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await anew.advance(20, { signal: AbortSignal.timeout(60_000) })
  })
})
