import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Difference, Report } from '../../src/compat/schema.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { IscsiServer } from '../hosts/iscsi-server.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, succeed, zoneState } from './guest-zone.ts'

suite('a migration whose way to the target is not what it seems', () => {
  let lab: Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  const zone = 'web1'
  /** All ports but that of ssh, as a firewall would have it. */
  const dataPorts = ['ipproto', 'tcp', 'dport', '1024-65534']

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    const { suri: storage } = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(lab.hosts.alpha, await ensureGuest(), { name: zone, storage, address })
    await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'boot')
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  const migrate = (...words: readonly string[]) => {
    const { alpha, beta } = lab.hosts
    return alpha.run(['zoneadm', '-z', zone, 'migrate', '--json', ...words, `ssh://${beta.address}`])
  }

  /** The one reason for which a migration is refused; the zone runs on, and the target has nothing of it. */
  async function refusal(...words: readonly string[]): Promise<Difference> {
    const { alpha, beta } = lab.hosts
    const { code, stdout, stderr } = await migrate(...words)
    assert.equal(code, 3, `${stdout}${stderr}`)
    assert.equal(await zoneState(alpha, zone), 'running')
    for (const host of [alpha, beta]) {
      const left = await succeed(host, 'sh', '-c', 'ls -A "$KZ_ROOT/run/zones" | grep trial || :')
      assert.equal(left, '', `left on ${host.name}`)
    }
    const { stdout: probes } = await beta.run(['sh', '-c', 'ps -eo args= | grep "^qemu.*machine none" || :'])
    assert.equal(probes.includes(beta.root), false)
    const { findings } = JSON.parse(stdout) as Report
    const refusals = findings.filter(({ verdict }) => verdict !== 'warn')
    assert.equal(refusals.length, 1, JSON.stringify(refusals))
    assert.ok(refusals[0]?.verdict === 'refuse')
    return refusals[0]
  }

  test('a port that nobody may reach is found in the check, with the words of QEMU', async () => {
    const { alpha, beta } = lab.hosts
    const rule = ['to', beta.address, ...dataPorts, 'unreachable']
    await succeed(alpha, 'ip', 'rule', 'add', ...rule)
    try {
      for (const words of [[], ['-c', 'none'], ['-n']]) {
        const { rule: id, target, remedies } = await refusal(...words)
        assert.equal(id, 'path/data-port')
        assert.match(target, /Network is unreachable/)
        assert.ok(remedies.length > 0)
      }
    } finally {
      await succeed(alpha, 'ip', 'rule', 'del', ...rule)
    }
  })

  test('a port whose answers are lost in silence is found in the check as well', async () => {
    const { alpha, beta } = lab.hosts
    const rule = ['from', beta.address, 'to', alpha.address, 'ipproto', 'tcp', 'sport', '1024-65534']
    await succeed(beta, 'ip', 'rule', 'add', ...rule, 'blackhole')
    try {
      const { rule: id, target } = await refusal()
      assert.equal(id, 'path/data-port')
      assert.match(target, /no answer within 3 s/)
    } finally {
      await succeed(beta, 'ip', 'rule', 'del', ...rule, 'blackhole')
    }
  })

  test('a disk of the same name, size and identity on another server is not taken for the same', async () => {
    const { beta } = lab.hosts
    const { address, port } = lab.storage
    const folder = join(lab.folder, 'other-storage')
    const other = new IscsiServer({ label: lab.label, folder, address, port, prefix: beta.prefix })
    const own = [`${address}/32`, 'dev', 'lo']
    await succeed(beta, 'ip', 'address', 'add', ...own)
    try {
      await other.start()
      await other.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
      const { rule: id, source, target } = await refusal()
      assert.equal(id, 'storage/shared')
      assert.match(source, /marked$/)
      assert.match(target, /no mark$/)
    } finally {
      await other.stop()
      await succeed(beta, 'ip', 'address', 'del', ...own)
    }
  })

  test('with the way open it goes, with the cipher that was asked for', async () => {
    const { beta } = lab.hosts
    const { code, stdout, stderr } = await migrate('-c', 'aes-256-gcm')
    assert.equal(code, 0, `${stdout}${stderr}`)
    assert.equal(await zoneState(beta, zone), 'running')
  })
})
