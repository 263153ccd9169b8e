import assert from 'node:assert/strict'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { MigrationSummary } from '../../src/agent/api.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { NbdServer } from '../hosts/nbd-server.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import type { TestHost } from '../hosts/test-host.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const mib = 1024 ** 2
const chap = { user: 'zones', secret: 'Never-Tell-9' }
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })
const skip = whyNoNamespaces()

test('A zone on iSCSI with CHAP, by world-wide name, and on NBD with TLS migrates live; its secrets stay where they were put', {
  ...(skip === undefined ? {} : { skip }),
}, async () => {
  await using lab = await createLab({ hosts: ['alpha', 'beta'] })
  const { alpha, beta } = lab.hosts
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: 64 * mib, chap })
  const { address, prefix } = lab.storage
  const place = { folder: join(lab.folder, 'nbd'), address, port: 10_809, prefix }
  await using nbd = new NbdServer({ label: lab.label, ...place, sizeBytes: 16 * mib, tls: 'psk' })
  await nbd.start()
  const introduce = async ({ root }: TestHost) => {
    const folder = (scheme: string, name: string) => join(root, 'etc/zones/credentials', scheme, name)
    const chapFolder = folder('iscsi', lun.iqn)
    await mkdir(chapFolder, { recursive: true })
    await writeFile(join(chapFolder, 'user'), chap.user)
    await writeFile(join(chapFolder, 'secret'), chap.secret, { mode: 0o600 })
    await mkdir(dirname(folder('nbd', address)), { recursive: true })
    await cp(nbd.clientFolder, folder('nbd', address), { recursive: true })
    return join(chapFolder, 'secret')
  }

  const secretFile = await introduce(alpha)
  // By its world-wide name, which is looked for behind all targets of the portal.
  const found = await succeed(alpha, 'suriadm', 'lookup-uri', '-p', `hostname=${address}`)
  const [storage = ''] = found.split('\n')
  assert.match(storage, /luname\.naa\./)
  const zone = 'web1'
  await installGuestZone(alpha, await ensureGuest(), {
    name: zone,
    storage,
    address: `${lab.guestAddress(1)}/24`,
    more: `add device; set storage=${nbd.suri}; end`,
  })
  await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
  await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))

  const there = `ssh://${beta.address}`
  const stranger = await alpha.run(['zoneadm', '-z', zone, 'migrate', '-n', there], { timeoutMs: 60_000 })
  assert.equal(stranger.code, 3, stranger.stdout + stranger.stderr)
  const words = stranger.stdout.replace(/\s+/g, ' ')
  assert.match(words, /wants a user and a secret \(CHAP\)/)
  assert.match(words, /this host has no credentials for its server/)

  await introduce(beta)
  const output = await succeed(alpha, 'zoneadm', '-z', zone, 'migrate', '--json', there)
  assert.equal((JSON.parse(output) as MigrationSummary).kind, 'live')
  await counter.advance(20, within(30))
  assert.equal(await zoneState(beta, zone), 'running')
  assert.deepEqual(counter.stop().gaps, [])
  assert.deepEqual((await readCounterDisk(lun.backingFile)).faults, [])

  await chmod(secretFile, 0o644)
  const careless = await alpha.run(['zoneadm', '-z', zone, 'attach', '-F'], { timeoutMs: 60_000 })
  assert.match(careless.stderr, /can be read by others/)
  await chmod(secretFile, 0o600)
  await writeFile(secretFile, 'Never-Tell-9-no')
  const wrong = await alpha.run(['zoneadm', '-z', zone, 'attach', '-F'], { timeoutMs: 60_000 })
  assert.match(wrong.stderr, /refuses user "zones" with the secret in ".*secret" \(CHAP\)/)

  const sharedKey = (await readFile(join(nbd.clientFolder, 'keys.psk'), 'utf8')).trim().slice('zones:'.length)
  for (const host of [alpha, beta]) {
    const exported = await succeed(host, 'zonecfg', '-z', zone, 'export')
    for (const secret of [chap.secret, sharedKey]) {
      assert.ok(!exported.includes(secret))
      // Of what runs on this host: arguments and environments; of what it wrote: all but where the operator put it.
      const ofProcesses = host.processes().map((pid) => `/proc/${pid}/cmdline /proc/${pid}/environ`)
      const search = `grep -rlaF "$1" "$KZ_ROOT" ${ofProcesses.join(' ')} 2>/dev/null`
      const { stdout } = await host.run(['sh', '-c', search, 'sh', secret])
      const found = stdout.split('\n').filter((line) => line !== '')
      assert.equal(found.length, 1)
      assert.match(found[0] ?? '', /\/etc\/zones\/credentials\//)
    }
  }
  for (const text of [stranger, careless, wrong])
    assert.ok(!`${text.stdout}${text.stderr}`.includes('Tell-9'))
  await succeed(beta, 'zoneadm', '-z', zone, 'halt')
})
