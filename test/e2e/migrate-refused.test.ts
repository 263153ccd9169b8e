import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Report } from '../../src/compat/schema.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { guestZoneCommands, installGuestZone, succeed, zoneState } from './guest-zone.ts'

suite('a refused migration', () => {
  type TestLab = Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  let lab: TestLab
  let storage = ''
  const zone = 'web1'
  const address = () => `${lab.guestAddress(1)}/24`

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    storage = (await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })).suri
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage, address: address() })
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  /** Tries to migrate, and answers the report of the refusal. */
  async function refusal(): Promise<Report> {
    const { alpha, beta } = lab.hosts
    const target = `ssh://${beta.address}`
    const { code, stdout, stderr } = await alpha.run(['zoneadm', '-z', zone, 'migrate', '--json', target])
    assert.equal(code, 3, `${stdout}${stderr}`)
    assert.equal(await zoneState(alpha, zone), 'running')
    assert.deepEqual((await succeed(beta, 'sh', '-c', 'ip -br link | grep -c kz || true')).trim(), '0')
    return JSON.parse(stdout) as Report
  }

  const refusing = ({ findings }: Report) =>
    [...new Set(findings.filter(({ verdict }) => verdict !== 'warn').map(({ rule }) => rule))].toSorted()

  test("the target's own configuration is compared: every difference is found, with both values and remedies", async () => {
    const { beta } = lab.hosts
    const other = guestZoneCommands({
      name: zone,
      storage,
      address: address(),
      memory: '256M',
      lowerLink: 'net1',
    })
    await succeed(beta, 'zonecfg', '-z', zone, other.replace('set ncpus=1', 'set ncpus=2'))
    const text = await succeed(beta, 'zonecfg', '-z', zone, 'export')
    const report = await refusal()
    const rules = refusing(report)
    for (const rule of [
      'configuration/memory',
      'configuration/vcpus',
      'configuration/nics',
      'network/lower-link',
    ]) {
      assert.ok(rules.includes(rule), `${rule} is among ${rules.join(', ')}`)
    }
    for (const finding of report.findings) {
      assert.ok(finding.remedies.length > 0, `${finding.rule} has a remedy`)
      if (finding.rule !== 'configuration/memory' || finding.verdict === 'unknown') continue
      assert.match(finding.source, /512/)
      assert.match(finding.target, /256/)
    }
    assert.equal(await succeed(beta, 'zonecfg', '-z', zone, 'export'), text, 'its configuration is as it was')
    await succeed(beta, 'zonecfg', '-z', zone, 'delete', '-F')
  })

  test('for people the report is a page of text with what to type', async () => {
    const { alpha, beta } = lab.hosts
    await beta.run(['ip', 'link', 'set', 'net0', 'name', 'br9'])
    try {
      const { code, stdout, stderr } = await alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://root@beta`])
      assert.equal(code, 3)
      assert.match(`${stdout}${stderr}`, /net0/)
      assert.match(`${stdout}${stderr}`, /nothing was changed/)
    } finally {
      await beta.run(['ip', 'link', 'set', 'br9', 'name', 'net0'])
    }
    assert.equal(existsSync(join(beta.root, `etc/zones/${zone}.cfg`)), false)
  })

  test('storage that the target cannot open is found, and so is local storage', async () => {
    const { alpha } = lab.hosts
    await lab.storage.stop()
    try {
      const rules = refusing(await refusal())
      assert.ok(rules.includes('storage/reachable'), rules.join(', '))
    } finally {
      await lab.storage.start()
    }
    const local = 'local1'
    await installGuestZone(alpha, await ensureGuest(), {
      name: local,
      storage: 'file:///var/lib/zones/local1/disk0',
      address: `${lab.guestAddress(2)}/24`,
      memory: '256M',
    })
    await succeed(alpha, 'zoneadm', '-z', local, 'boot')
    const target = `ssh://${lab.hosts.beta.address}`
    const { code, stdout } = await alpha.run(['zoneadm', '-z', local, 'migrate', '-n', '--json', target])
    assert.equal(code, 3)
    assert.ok(refusing(JSON.parse(stdout) as Report).includes('storage/local'))
    await succeed(alpha, 'zoneadm', '-z', local, 'halt')
    await succeed(alpha, 'zoneadm', '-z', local, 'uninstall', '-F')
  })

  test('a zone of that name that is installed on the target, and a MAC address in use there, refuse', async () => {
    const { alpha, beta } = lab.hosts
    const mac =
      /auto-mac-address=(\S+)/.exec(await succeed(alpha, 'zonecfg', '-z', zone, 'export'))?.[1] ?? ''
    await installGuestZone(beta, await ensureGuest(), {
      name: zone,
      storage: 'file:///var/lib/zones/other/disk0',
      address: `${lab.guestAddress(3)}/24`,
      more: `select anet id=0; set mac-address=${mac}; end`,
    })
    const rules = refusing(await refusal())
    assert.ok(
      rules.some((rule) => rule.startsWith('identity/')),
      rules.join(', '),
    )
    await succeed(beta, 'zoneadm', '-z', zone, 'uninstall', '-F')
    await succeed(beta, 'zonecfg', '-z', zone, 'delete', '-F')
    await succeed(
      beta,
      'zonecfg',
      '-z',
      'web2',
      guestZoneCommands({
        name: 'web2',
        storage: 'file:///x/y',
        address: '10.0.0.9/24',
        more: `select anet id=0; set mac-address=${mac}; end`,
      }),
    )
    assert.ok(refusing(await refusal()).includes('network/mac'))
    await succeed(beta, 'zonecfg', '-z', 'web2', 'delete', '-F')
  })

  test('a zone that does not run cannot be migrated live', async () => {
    const { alpha, beta } = lab.hosts
    await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
    const { code, stderr } = await alpha.run([
      'zoneadm',
      '-z',
      zone,
      'migrate',
      '-t',
      'live',
      `ssh://${beta.address}`,
    ])
    assert.equal(code, 1)
    assert.match(stderr, /must be running/)
  })
})
