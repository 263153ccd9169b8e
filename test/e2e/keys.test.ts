import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import type { TestHost } from '../hosts/test-host.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
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
  const told: string[] = []
  const keys = new Set<string>()
  const keyFile = ({ root }: TestHost) => join(root, 'var/lib/zones', zone, 'key')
  const noteKey = async (host: TestHost) => keys.add((await readFile(keyFile(host), 'utf8')).trim())

  /** Runs a command, and keeps what it told and what every process of the host shows meanwhile. */
  async function run(host: TestHost, argv: readonly string[], expected = 0): Promise<string> {
    const running = host.run(argv, { timeoutMs: 120_000 })
    const looks: Promise<void>[] = []
    const timer = setInterval(() => looks.push(lookAtProcesses(host)), 50)
    const { code, stdout, stderr } = await running.finally(() => clearInterval(timer))
    await Promise.all(looks)
    assert.equal(code, expected, `${host.name}# ${argv.join(' ')}\n${stdout}${stderr}`)
    told.push(stdout, stderr)
    return stdout + stderr
  }

  async function lookAtProcesses(host: TestHost): Promise<void> {
    for (const pid of host.processes()) {
      for (const file of ['cmdline', 'environ']) {
        told.push(await readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => ''))
      }
    }
  }

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
  const secrets = [...keys].flatMap((hex) => [hex, Buffer.from(hex, 'hex').toString('base64')])
  for (const secret of [...secrets, passphrase]) {
    assert.ok(!told.some((text) => text.includes(secret)), 'in what was told, or in a process')
    for (const host of [alpha, beta]) {
      const { stdout } = await host.run(['sh', '-c', 'grep -rlaF "$1" "$KZ_ROOT" 2>/dev/null', 'sh', secret])
      const places = stdout.split('\n').filter((line) => line !== '')
      const others = places.filter(
        (path) => !/\/var\/lib\/zones\/web1\/key$|\/etc\/zones\/web1\.cfg$/.test(path),
      )
      assert.deepEqual(others, [], `on ${host.name}`)
    }
    for (const { backingFile } of [disk, image]) {
      assert.equal((await readFile(backingFile)).includes(secret), false)
    }
  }
  for (const host of [alpha, beta]) {
    const modes = await succeed(host, 'sh', '-c', 'stat -c %a "$KZ_ROOT"/var/lib/zones/*/key')
    assert.deepEqual([...new Set(modes.trim().split('\n'))], ['600'])
  }
  for (const hex of keys) {
    for (const { backingFile } of [disk, image]) {
      assert.equal((await readFile(backingFile)).includes(Buffer.from(hex, 'hex')), false)
    }
  }
})
