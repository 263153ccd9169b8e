import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import type { TestHost } from '../hosts/test-host.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { KeyWatch } from './key-watch.ts'
import { stateOn } from './zone-steps.ts'

const mib = 1024 ** 2
const zone = 'web1'
const passphrase = 'Never-Tell-This-11'
const skip = whyNoNamespaces()

test('In all that a zone goes through its keys are nowhere but in their files, and a wrong one is told without itself', {
  ...(skip === undefined ? {} : { skip }),
}, async () => {
  await using lab = await createLab({ hosts: ['alpha', 'beta'] })
  const { alpha, beta } = lab.hosts
  const disk = await lab.storage.createLun({ name: 'disk', sizeBytes: 64 * mib })
  const image = await lab.storage.createLun({ name: 'image', sizeBytes: 256 * mib })
  const keys = new Set<string>()
  const keyFile = ({ root }: TestHost) => join(root, 'var/lib/zones', zone, 'key')
  const noteKey = async (host: TestHost) => keys.add((await readFile(keyFile(host), 'utf8')).trim())

  const watch = new KeyWatch()
  const run = (host: TestHost, argv: readonly string[], expected = 0) => watch.run(host, argv, expected)
  const zoneadm = (host: TestHost, ...argv: readonly string[]) => run(host, ['zoneadm', '-z', zone, ...argv])
  await installGuestZone(alpha, await ensureGuest(), {
    name: zone,
    storage: disk.suri,
    address: `${lab.guestAddress(1)}/24`,
    memory: '192M',
    more: `add suspend; set storage=${image.suri}; end`,
  })
  await noteKey(alpha)
  await zoneadm(alpha, 'boot')
  await (await observeWhenReady(lab.observer, lab.guestAddress(1)))[Symbol.asyncDispose]()
  await zoneadm(alpha, 'rekey')
  await noteKey(alpha)
  await zoneadm(alpha, 'suspend')
  await zoneadm(alpha, 'migrate', `ssh://${beta.address}`)
  await zoneadm(beta, 'boot')
  await zoneadm(beta, 'migrate', `ssh://${alpha.address}`)
  const shown = await run(alpha, ['kzhostdata', '-z', zone])
  assert.match(shown, /^owner: +alpha /m)
  assert.match(await run(alpha, ['kzhostdata', '-k', keyFile(alpha), disk.suri]), /^state: +running$/m)
  await zoneadm(alpha, 'halt')

  const whole = await readFile(keyFile(alpha), 'utf8')
  await writeFile(keyFile(alpha), `${'ab'.repeat(32)}\n`, { mode: 0o600 })
  const wrong = await run(alpha, ['zoneadm', '-z', zone, 'boot'], 1)
  assert.match(wrong, /Encryption key is incorrect/)
  assert.equal(await stateOn(alpha, zone), 'unavailable')
  await writeFile(keyFile(alpha), 'not a key\n', { mode: 0o600 })
  assert.match(await run(alpha, ['zoneadm', '-z', zone, 'attach'], 1), /The key file ".*" is damaged/)
  await writeFile(keyFile(alpha), whole, { mode: 0o600 })
  await zoneadm(alpha, 'attach')

  // A key of the operator's own; what it gives is in the key file from then on.
  const script = join(alpha.root, 'keysource')
  await writeFile(script, `add keysource\nset raw=${passphrase}\nend\n`, { mode: 0o600 })
  await run(alpha, ['zonecfg', '-z', zone, '-f', script])
  await writeFile(script, '')
  await zoneadm(alpha, 'rekey')
  await noteKey(alpha)
  assert.doesNotMatch(await run(alpha, ['zonecfg', '-z', zone, 'info']), new RegExp(passphrase))
  await run(alpha, ['zonecfg', '-z', zone, 'export'])
  await zoneadm(alpha, 'boot')
  await zoneadm(alpha, 'halt')

  assert.equal(keys.size, 3)
  await watch.requireUntold([alpha, beta], {
    keys,
    words: [passphrase],
    files: /\/var\/lib\/zones\/web1\/key$|\/etc\/zones\/web1\.cfg$/,
    disks: [disk.backingFile, image.backingFile],
  })
  for (const host of [alpha, beta]) {
    const modes = await succeed(host, 'sh', '-c', 'stat -c %a "$KZ_ROOT"/var/lib/zones/*/key')
    assert.deepEqual([...new Set(modes.trim().split('\n'))], ['600'])
  }
})
