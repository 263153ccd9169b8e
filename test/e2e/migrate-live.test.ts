import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { MigrationSummary } from '../../src/agent/api.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

/** 300 ms of pause, the hand-over, and a machine that is busy with both hosts. */
const longestSilenceMs = 2_000

suite('live migration', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let lun: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'web1'

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage: lun.suri, address })
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  test('a dry run shows the report and changes nothing', async () => {
    const { alpha, beta } = lab.hosts
    const { code, stdout } = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      '-n',
      `ssh://${beta.address}`,
    ])
    assert.equal(code, 0)
    assert.match(stdout, /can go ahead/)
    assert.equal(await zoneState(alpha, zone), 'running')
    assert.equal(await zoneState(beta, zone), undefined)
    assert.equal(existsSync(join(beta.root, `etc/zones/${zone}.cfg`)), false)
  })

  test('20 migrations to and fro keep the counter, the connection and the disk unbroken', async (t) => {
    const { alpha, beta } = lab.hosts
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await using pinger = lab.observer.ping(lab.guestAddress(1), { intervalMs: 20 })
    await pinger.answered(within(30))
    let [from, to] = [alpha, beta]
    for (let round = 0; round < 20; round += 1) {
      const output = await succeed(from, 'zoneadm', '-z', zone, 'migrate', '--json', `ssh://${to.address}`)
      const summary = JSON.parse(output) as MigrationSummary
      assert.deepEqual([summary.kind, summary.faults], ['live', []])
      assert.ok((summary.pauseMs ?? Number.NaN) > 0)
      assert.ok((summary.networkPauseMs ?? Number.NaN) >= (summary.pauseMs ?? 0), `${summary.networkPauseMs}`)
      assert.deepEqual(
        [await zoneState(from, zone), await zoneState(to, zone)],
        ['configured', 'running'],
        `after round ${round}`,
      )
      await counter.advance(10, within(30))
      ;[from, to] = [to, from]
    }
    const report = counter.stop()
    assert.deepEqual(report.gaps, [])
    assert.deepEqual(report.damaged, [])
    const { sent, lost, longestGapMs } = await pinger.stop()
    t.diagnostic(`pings: ${sent} sent, ${lost} lost, longest silence ${Math.round(longestGapMs)} ms`)
    assert.ok(longestGapMs < longestSilenceMs, `the network has heard nothing for ${longestGapMs} ms`)
    assert.deepEqual((await readCounterDisk(lun.backingFile)).faults, [])
    assert.equal(await zoneState(alpha, zone), 'running')
  })

  test('nothing is left on the host that gave the zone up but its configuration', async () => {
    const { beta } = lab.hosts
    assert.deepEqual(
      (await succeed(beta, 'sh', '-c', 'ip -br link | grep -c kz; ls $KZ_ROOT/run/zones')).split('\n'),
      ['0', 'zonesd.lock', 'zonesd.pid', 'zonesd.sock', 'zonesd.tmp', ''],
    )
    assert.equal(existsSync(join(beta.root, `var/lib/zones/${zone}/migration.json`)), false)
  })

  test('the host that a zone has left can neither install nor attach it: its disk is in use', async () => {
    const { beta } = lab.hosts
    const words = {
      install: /it moved to ssh:\/\/10\.77\.0\.1 .* in use there/,
      attach: /is in use by host alpha/,
    }
    for (const [verb, message] of Object.entries(words)) {
      const { code, stderr } = await beta.run(['zoneadm', '-z', zone, verb])
      assert.equal(code, 1, stderr)
      assert.match(stderr, message)
    }
    assert.equal(await zoneState(beta, zone), 'configured')
  })

  test('the first lines are those of Solaris', async () => {
    const { alpha, beta } = lab.hosts
    const { code, stdout, stderr } = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      `ssh://${beta.address}`,
    ])
    assert.equal(code, 0)
    const lines = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.startsWith(`zoneadm: zone '${zone}': `))
    assert.deepEqual(
      lines.slice(0, 9).map((line) => line.slice(`zoneadm: zone '${zone}': `.length)),
      [
        'Checking migration compatibility.',
        'Using existing zone configuration on destination.',
        'Attaching zone.',
        "Booting zone in 'migrating-in' mode.",
        'Starting migration.',
        'Suspending zone on source host.',
        'Waiting for migration to complete.',
        'Migration successful.',
        'Halting and detaching zone on source host.',
      ],
    )
    await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '-q', `root@${alpha.address}`)
  })

  test('-c none, a named cipher and -c list work; an unknown cipher is refused at once', async () => {
    const { alpha, beta } = lab.hosts
    const ciphers = await succeed(
      alpha,
      'zoneadm',
      '-z',
      zone,
      'migrate',
      '-c',
      'list',
      `ssh://${beta.address}`,
    )
    assert.ok(ciphers.split('\n').includes('aes-128-gcm'))
    const there = ['zoneadm', '-z', zone, 'migrate', '-q', '-c', 'none', `ssh://${beta.address}`]
    await succeed(alpha, ...there)
    await succeed(beta, 'zoneadm', '-z', zone, 'migrate', '-q', '-c', 'aes-128-gcm', `ssh://${alpha.address}`)
    const { code, stderr } = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      '-c',
      'aes-128-cbc',
      `ssh://${beta.address}`,
    ])
    assert.equal(code, 3)
    assert.match(
      stderr.replaceAll(/\s+/g, ' '),
      /cipher aes-128-cbc, asked for with -c, is not supported by alpha/,
    )
    assert.equal(await zoneState(alpha, zone), 'running')
  })

  test('a host that cannot be reached, or refuses, is named with what to do', async () => {
    const { alpha } = lab.hosts
    const nowhere = await alpha.run(['zoneadm', '-z', zone, 'migrate', 'ssh://10.77.0.222'], {
      timeoutMs: 60_000,
    })
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /Cannot reach ssh:\/\/10\.77\.0\.222/)
    const unknownUser = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      `ssh://nobody@${lab.hosts.beta.address}`,
    ])
    assert.equal(unknownUser.code, 1)
    assert.match(unknownUser.stderr, /ssh-copy-id/)
    const self = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${alpha.address}`])
    assert.equal(self.code, 3)
    assert.equal(await zoneState(alpha, zone), 'running')
  })
})
