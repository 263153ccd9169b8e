import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, suite, test } from 'node:test'
import { retryUntil } from '../../src/util/retry-until.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import type { CounterObserver } from '../guest/observe-counter.ts'
import { createLab } from '../hosts/lab.ts'
import { type CommandHost, installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })
/** The guest's memory takes seconds to travel, so that a fault can be put into the middle of it. */
const slowLink = { rateMbitPerSecond: 60 }

suite('faults during a live migration', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let counter: CounterObserver
  const zone = 'web1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    const lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage: lun.suri, address })
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
    counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  beforeEach(async () => {
    await lab.hosts.alpha.shapeLink(slowLink)
  })

  async function eventually(
    what: string,
    holds: () => Promise<boolean> | boolean,
    seconds = 60,
  ): Promise<void> {
    const held = await retryUntil(async () => ((await holds()) ? true : undefined), {
      timeoutMs: seconds * 1000,
      intervalMs: 100,
    })
    assert.ok(held, `within ${seconds} s: ${what}`)
  }

  /** Ids of the processes of a host whose command line has these words. */
  function processesOf(host: TestLab['hosts']['alpha'], ...words: readonly string[]): number[] {
    return host.processes().filter((pid) => {
      const commandLine = existsSync(`/proc/${pid}/cmdline`)
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : ''
      return words.every((word) => commandLine.includes(word))
    })
  }

  /** Starts a migration and waits until the memory is on its way. */
  async function migrating(): Promise<{
    client: ChildProcess
    ended: Promise<{ code: number; output: string }>
  }> {
    const { alpha, beta } = lab.hosts
    const client = alpha.spawn(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    let output = ''
    client.stdout?.on('data', (text: Buffer) => (output += text.toString()))
    client.stderr?.on('data', (text: Buffer) => (output += text.toString()))
    const ended = once(client, 'close').then(([code]) => ({ code: Number(code), output }))
    const begun = retryUntil(async () => output.includes('Starting migration.') || undefined, {
      timeoutMs: 60_000,
      intervalMs: 100,
    })
    await Promise.race([begun, ended])
    assert.match(output, /Starting migration\./, `the transfer has begun`)
    return { client, ended }
  }

  /** The zone runs on alpha as before, and beta is as it was. */
  async function nothingHasMoved(): Promise<void> {
    const { alpha, beta } = lab.hosts
    await alpha.shapeLink({ rateMbitPerSecond: 10_000 })
    assert.equal(await zoneState(alpha, zone), 'running')
    await counter.advance(20, within(60))
    await eventually(
      'beta knows nothing of the zone',
      async () => (await zoneState(beta, zone)) === undefined,
      90,
    )
    assert.equal(existsSync(join(beta.root, `etc/zones/${zone}.cfg`)), false)
    assert.equal(existsSync(join(beta.root, `var/lib/zones/${zone}`)), false)
    assert.deepEqual(processesOf(beta, 'qemu-system', zone), [])
    assert.equal((await auxiliary(alpha)).includes('migrating'), false)
    assert.equal(existsSync(join(alpha.root, `var/lib/zones/${zone}/migration.json`)), false)
  }

  const auxiliary = (host: CommandHost) => succeed(host, 'zoneadm', 'list', '-cs')

  test('the target QEMU is killed: the migration fails and nothing has moved', async () => {
    const { ended } = await migrating()
    assert.match(await auxiliary(lab.hosts.alpha), /migrating-out/)
    assert.match(await auxiliary(lab.hosts.beta), /migrating-in/)
    for (const pid of processesOf(lab.hosts.beta, 'qemu-system')) process.kill(pid, 'SIGKILL')
    const { code, output } = await ended
    assert.equal(code, 1, output)
    await nothingHasMoved()
  })

  test('ssh is killed: the migration fails and nothing has moved', async () => {
    const { ended } = await migrating()
    for (const pid of processesOf(lab.hosts.alpha, 'dial-stdio', 'BatchMode')) process.kill(pid, 'SIGKILL')
    const { code, output } = await ended
    assert.equal(code, 1, output)
    assert.match(output, /goes on running here|is running here as before/)
    await nothingHasMoved()
  })

  test('Ctrl-C cancels: nothing has moved', async () => {
    const { client, ended } = await migrating()
    process.kill(client.pid ?? 0, 'SIGINT')
    const { code, output } = await ended
    assert.equal(code, 130, output)
    assert.match(output, /The zone is running on this host/)
    await nothingHasMoved()
  })

  test('--cancel in another terminal cancels at the source alone: nothing has moved', async () => {
    const { alpha, beta } = lab.hosts
    const { ended } = await migrating()
    const cancel = ['zoneadm', '-z', zone, 'migrate', '--cancel']
    const there = await beta.run(cancel)
    assert.equal(there.code, 1, there.stderr)
    assert.match(there.stderr, /is on its way here from alpha, and is cancelled there/)
    assert.match(there.stderr, /On alpha: zoneadm -z web1 migrate --cancel/)
    assert.match(
      await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '--status'),
      /A live migration from alpha/,
    )
    assert.match((await alpha.run(cancel)).stderr, /asked its migrate to end/)
    const { code, output } = await ended
    assert.equal(code, 130, output)
    await nothingHasMoved()
  })

  test("the target's zonesd is killed: nothing has moved, also once it runs again", async () => {
    const { ended } = await migrating()
    await lab.hosts.beta.killZonesd('SIGKILL')
    const { code, output } = await ended
    assert.equal(code, 1, output)
    await nothingHasMoved()
  })

  test("the source's zonesd is killed: the zone goes on running, and the next zonesd cleans up", async () => {
    const { ended } = await migrating()
    await lab.hosts.alpha.killZonesd('SIGKILL')
    assert.equal((await ended).code, 1)
    await eventually('the next zonesd has settled it', async () => {
      const listing = await auxiliary(lab.hosts.alpha)
      return listing.includes('running') && !listing.includes('migrating')
    })
    await nothingHasMoved()
  })

  test('another migration of the same zone is refused meanwhile', async () => {
    const { alpha, beta } = lab.hosts
    const { client, ended } = await migrating()
    const second = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    assert.equal(second.code, 1)
    assert.match(second.stderr, /another operation is under way: migrate/)
    const halt = await alpha.run(['zoneadm', '-z', zone, 'halt'])
    assert.equal(halt.code, 1)
    process.kill(client.pid ?? 0, 'SIGINT')
    await ended
    await nothingHasMoved()
  })

  test('the link is cut in the middle: the guest goes on here within a minute, and the target gives up', async () => {
    const { ended } = await migrating()
    await lab.hosts.beta.cutLink()
    const { code, output } = await ended
    assert.equal(code, 1, output)
    assert.equal(await zoneState(lab.hosts.alpha, zone), 'running')
    await counter.advance(20, within(60))
    await lab.hosts.beta.healLink()
    await nothingHasMoved()
  })

  test('the client is killed: the migration goes on to its end', async () => {
    const { alpha, beta } = lab.hosts
    const { client, ended } = await migrating()
    process.kill(client.pid ?? 0, 'SIGKILL')
    await ended
    await eventually('the zone runs on beta', async () => (await zoneState(beta, zone)) === 'running')
    await eventually('alpha gave it up', async () => (await zoneState(alpha, zone)) === 'configured')
    await counter.advance(20, within(60))
    await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '-q', `ssh://${alpha.address}`)
    await succeed(beta, 'zonecfg', '-z', zone, 'delete', '-F')
  })

  test('the counter was never interrupted', () => {
    const { gaps, damaged, isDisconnected } = counter.stop()
    assert.deepEqual({ gaps, damaged, isDisconnected }, { gaps: [], damaged: [], isDisconnected: false })
  })
})
