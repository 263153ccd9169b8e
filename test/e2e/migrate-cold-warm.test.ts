import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { MigrationRecord, MigrationSummary } from '../../src/agent/api.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { type CommandHost, installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'
import { machineRemains, refused, zoneOn } from './zone-steps.ts'

const mib = 1024 * 1024
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

suite('cold and warm migration', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let disk: Awaited<ReturnType<TestLab['storage']['createLun']>>
  let image: Awaited<ReturnType<TestLab['storage']['createLun']>>
  const zone = 'web1'
  const zoneadm = (...words: readonly string[]) => ['zoneadm', '-z', zone, ...words]

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    disk = await lab.storage.createLun({ name: zone, sizeBytes: 64 * mib })
    image = await lab.storage.createLun({ name: `${zone}-image`, sizeBytes: 512 * mib })
    const address = `${lab.guestAddress(1)}/24`
    const more = `add suspend; set storage=${image.suri}; end`
    const guest = await ensureGuest()
    await installGuestZone(lab.hosts.alpha, guest, { name: zone, storage: disk.suri, address, more })
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const standing = async (host: CommandHost) => {
    const { state, auxiliary } = await zoneOn(host, zone)
    return [state, ...auxiliary].join(' ')
  }
  const migrate = async (from: CommandHost, to: { address: string }, ...words: readonly string[]) =>
    JSON.parse(
      await succeed(from, ...zoneadm('migrate', '--json', ...words, `ssh://${to.address}`)),
    ) as MigrationSummary

  test('a zone that is down goes cold: installed there, configured here, and boots there', async () => {
    const { alpha, beta } = lab.hosts
    await refused(
      alpha,
      /must be suspended for a warm migration/,
      zoneadm('migrate', '-t', 'warm', `ssh://${beta.address}`),
    )
    const { code, stderr } = await alpha.run(zoneadm('migrate', `ssh://${beta.address}`))
    assert.equal(code, 0, stderr)
    const lines = stderr.split('\n').map((line) => line.replace(`zoneadm: zone '${zone}': `, ''))
    assert.deepEqual(lines.slice(0, 5), [
      'Checking migration compatibility.',
      'Importing zone configuration on destination.',
      'Attaching zone.',
      'Waiting for migration to complete.',
      'Migration successful.',
    ])
    assert.deepEqual([await standing(alpha), await standing(beta)], ['configured', 'installed'])
    assert.equal(existsSync(join(alpha.root, `var/lib/zones/${zone}/migration.json`)), false)
    const { migrations } = JSON.parse(await succeed(alpha, 'zoneadm', 'migrations', '--json')) as {
      migrations: MigrationRecord[]
    }
    assert.deepEqual(
      migrations.map(({ kind, outcome, code }) => [kind, outcome, code]),
      [
        ['warm', 'failed', 'WRONG_STATE'],
        ['cold', 'moved', undefined],
      ],
    )
    await refused(alpha, /must be installed before 'boot'/, zoneadm('boot'))
    await succeed(beta, ...zoneadm('boot'))
  })

  test('a suspended zone goes warm, and its guest goes on at the next boot there', async () => {
    const { alpha, beta } = lab.hosts
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
    await succeed(beta, ...zoneadm('suspend'))
    await succeed(beta, ...zoneadm('migrate', '-n', `ssh://${alpha.address}`))
    const { kind } = await migrate(beta, alpha)
    assert.equal(kind, 'warm')
    assert.deepEqual([await standing(beta), await standing(alpha)], ['configured', 'installed suspended'])
    assert.deepEqual(await machineRemains(beta), [])
    await succeed(alpha, ...zoneadm('boot'))
    assert.equal(await standing(alpha), 'running')
    await counter.advance(10, within(30))
    const report = counter.stop()
    assert.deepEqual([report.gaps, report.damaged], [[], []])
    const { faults, bootIds } = await readCounterDisk(disk.backingFile)
    assert.deepEqual([faults, bootIds.length], [[], 1])
  })

  test('a suspended zone whose image is on this host alone is refused with the way out', async () => {
    const { alpha, beta } = lab.hosts
    await succeed(alpha, 'zonecfg', '-z', zone, 'select suspend; clear storage; set path=/images/web1; end')
    await succeed(alpha, ...zoneadm('suspend'))
    const { code, stdout, stderr } = await alpha.run(zoneadm('migrate', `ssh://${beta.address}`))
    assert.equal(code, 3, stderr)
    assert.match(`${stdout}${stderr}`, /suspend/)
    assert.equal(await standing(alpha), 'installed suspended')
    assert.equal(await zoneState(beta, zone), 'configured')
    await succeed(alpha, ...zoneadm('halt', '--discard'))
    assert.equal(await standing(alpha), 'installed')
    await succeed(alpha, 'zonecfg', '-z', zone, `select suspend; clear path; set storage=${image.suri}; end`)
  })

  test("-w replaces the target's configuration, which would have been refused", async () => {
    const { alpha, beta } = lab.hosts
    await succeed(beta, 'zonecfg', '-z', zone, 'select virtual-cpu; set ncpus=2; end')
    await refused(alpha, /refused/, zoneadm('migrate', `ssh://${beta.address}`), 3)
    await migrate(alpha, beta, '-w')
    assert.deepEqual([await standing(alpha), await standing(beta)], ['configured', 'installed'])
    assert.match(await succeed(beta, 'zonecfg', '-z', zone, 'export'), /set ncpus=1/)
  })

  test('a target that is lost in the middle leaves the zone here, or there, and never on both', async () => {
    const { alpha, beta } = lab.hosts
    for (const delayMs of [50, 300, 600]) {
      const migrating = beta.run(zoneadm('migrate', '-q', `ssh://${alpha.address}`), { timeoutMs: 60_000 })
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      if ((await alpha.zonesdPid()) !== undefined) await alpha.killZonesd()
      await migrating
      await beta.run(zoneadm('migrate', '--recover'))
      const both = [await standing(alpha), await standing(beta)].toSorted()
      assert.deepEqual(both, ['configured', 'installed'], `killed after ${delayMs} ms`)
      if ((await standing(alpha)) === 'installed') await migrate(alpha, beta)
    }
  })
})
