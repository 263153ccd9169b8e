import assert from 'node:assert/strict'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import type { TestHost } from '../hosts/test-host.ts'
import { guestZoneCommands, succeed } from './guest-zone.ts'
import { KeyWatch } from './key-watch.ts'
import { guestIsUp, stateOn, until } from './zone-steps.ts'

const mib = 1024 ** 2
const skip = whyNoNamespaces()
const zone = 'web1'

interface Source {
  readonly name: string
  /** What follows `set` in the keysource. */
  readonly setting: string
  /** What must be nowhere but in files of the operator's and in configurations. */
  readonly words: string
  /** Content of the file on each host to which a URI leads. */
  readonly file?: string
}

const secret = 'c3'.repeat(32)
const sources: readonly Source[] = [
  {
    name: 'a passphrase',
    setting: 'passphrase=Correct-Horse-Battery-12',
    words: 'Correct-Horse-Battery-12',
  },
  { name: 'a file of each host', setting: 'uri=file:///etc/web1.key', words: secret, file: `${secret}\n` },
]

for (const { name, setting, words, file } of sources) {
  test(`A zone with a key from ${name} goes through all that a zone does, and its key is told nowhere`, {
    ...(skip === undefined ? {} : { skip }),
  }, async () => {
    await using lab = await createLab({ hosts: ['alpha', 'beta'] })
    const { alpha, beta } = lab.hosts
    const lun = (unit: string, megabytes: number) =>
      lab.storage.createLun({ name: unit, sizeBytes: megabytes * mib })
    const [disk, next, image] = [await lun('disk', 16), await lun('next', 16), await lun('image', 192)]
    const watch = new KeyWatch()
    const run = (host: TestHost, ...argv: readonly string[]) => watch.run(host, argv)
    const zoneadm = (host: TestHost, ...argv: readonly string[]) => run(host, 'zoneadm', '-z', zone, ...argv)
    const keyAt = (host: TestHost, of = zone) => readFile(join(host.root, 'var/lib/zones', of, 'key'), 'utf8')
    const ownFile = (host: TestHost) => join(host.root, 'etc/web1.key')

    const commands = guestZoneCommands({
      name: zone,
      storage: disk.suri,
      address: `${lab.guestAddress(1)}/24`,
      memory: '128M',
      more: `add suspend; set storage=${image.suri}; end`,
    })
    await run(alpha, 'zonecfg', '-z', zone, commands)
    const script = join(alpha.root, 'keysource')
    await writeFile(script, `add keysource\nset ${setting}\nend\n`, { mode: 0o600 })
    await run(alpha, 'zonecfg', '-z', zone, '-f', script)
    await rm(script)
    if (file !== undefined) await writeFile(ownFile(alpha), file, { mode: 0o600 })

    const guest = await ensureGuest()
    const files = ['-x', `kernel=${guest.kernel}`, '-x', `initrd=${guest.initrd}`]
    await zoneadm(alpha, 'install', ...files)
    const key = await keyAt(alpha)
    await zoneadm(alpha, 'boot')
    await guestIsUp(alpha, zone)
    await alpha.killZonesd('SIGKILL')
    const runsOn = (host: TestHost) =>
      until(
        zone,
        () => stateOn(host, zone),
        (state) => state === 'running',
      )
    await runsOn(alpha)
    await zoneadm(alpha, 'suspend')
    await alpha.killZonesd('SIGKILL')

    // The target has no configuration of the zone: it comes with it.
    const target = `ssh://${beta.address}`
    if (file !== undefined) {
      const refusal = await watch.run(alpha, ['zoneadm', '-z', zone, 'migrate', target], 3)
      assert.match(refusal, /configuration\/key/)
      await writeFile(ownFile(beta), `${'d4'.repeat(32)}\n`, { mode: 0o600 })
      const other = await watch.run(alpha, ['zoneadm', '-z', zone, 'migrate', target], 3)
      assert.match(other, /configuration\/key/)
      await writeFile(ownFile(beta), file)
    }
    await zoneadm(alpha, 'migrate', target)
    assert.equal(await keyAt(beta), key)
    await zoneadm(beta, 'boot')
    // As long as it takes: the host may be busy, and the pause is not what this is about.
    await zoneadm(beta, 'migrate', '--max-pause', '10s', `ssh://${alpha.address}`)
    await runsOn(alpha)
    assert.equal(await keyAt(alpha), key)
    await zoneadm(alpha, 'move', '-p', next.suri)
    assert.match(await run(alpha, 'kzhostdata', '-z', zone), /^state: +running$/m)
    await zoneadm(alpha, 'halt')

    const exported = await run(alpha, 'zonecfg', '-z', zone, 'export')
    assert.equal(exported.includes('add keysource'), file !== undefined)
    const withKey = join(alpha.root, 'exported')
    await run(alpha, 'zonecfg', '-z', zone, 'export', '-k', '-f', withKey)
    assert.equal((await stat(withKey)).mode & 0o777, 0o600)
    assert.ok((await readFile(withKey, 'utf8')).includes(setting))
    await rm(withKey)

    const place = 'select device id=0; set storage=file:///zones/web2.disk; set create-size=16m; end'
    await run(alpha, 'zonecfg', '-z', 'web2', `create -t ${zone}; ${place}`)
    await run(alpha, 'zoneadm', '-z', 'web2', 'clone', zone)
    // A zone made from another one has an identity and a key of its own.
    const cloned = await keyAt(alpha, 'web2')
    assert.notEqual(cloned, key)
    assert.match(await run(alpha, 'kzhostdata', '-z', 'web2'), /^state: +installed$/m)

    const held = await watch.requireUntold([alpha, beta], {
      keys: [key.trim(), cloned.trim()],
      words: [words],
      files: /\/var\/lib\/zones\/web[12]\/key$|\/etc\/(zones\/web[12]\.cfg|web1\.key)$/,
      disks: [disk, next, image].map(({ backingFile }) => backingFile),
    })
    assert.ok(held > 0, 'the keys were really looked for')
    for (const host of [alpha, beta]) {
      const modes = await succeed(host, 'sh', '-c', 'stat -c %a "$KZ_ROOT"/var/lib/zones/*/key')
      assert.deepEqual([...new Set(modes.trim().split('\n'))], ['600'])
    }
  })
}
