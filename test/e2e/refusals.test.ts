import assert from 'node:assert/strict'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { guestZoneCommands, installGuestZone, succeed } from './guest-zone.ts'
import { machineRemains, refused, stateOn, zoneOn } from './zone-steps.ts'

const mib = 1024 ** 2

test('What cannot be is refused with the reason, and nothing is left', {
  skip: whyNoNamespaces() ?? false,
}, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  const zonecfg = (zone: string, commands: string) => succeed(alpha, 'zonecfg', '-z', zone, commands)
  const address = `${lab.guestAddress(0)}/24`
  await installGuestZone(alpha, guest, { name: 'web1', storage: 'file:///zones/web1.disk', address })
  await installGuestZone(alpha, guest, { name: 'web2', storage: 'file:///zones/web2.disk', address })
  const config = await zonecfg('web1', 'export')
  const putRight = () => zonecfg('web1', config.replace('create -b', 'create -b -F'))

  /** Boots a changed web1, which must fail, and puts it right again. */
  async function bootRefused(change: string, message: RegExp): Promise<void> {
    await zonecfg('web1', change)
    const words = await refused(alpha, message, ['zoneadm', '-z', 'web1', 'boot'])
    assert.match(words, /remedy: /)
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
    assert.deepEqual(await machineRemains(alpha), [])
    await putRight()
  }

  const refusals: readonly (readonly [why: string, change: string, message: RegExp])[] = [
    ['a bridge that is not there', 'select anet id=0; set lower-link=br9; end', /br9/],
    ['a link that is no bridge', 'select anet id=0; set lower-link=lo; end', /NICs to lo/],
    [
      'one bridge of two that is not there',
      'add anet; set lower-link=br9; end',
      /Cannot attach the zone's NICs to net0, br9/,
    ],
    [
      'more memory than the host has',
      'select capped-memory; set physical=2T; end',
      /needs 2T of memory, this host has \d+M left/,
    ],
    [
      'huge pages that are not there',
      'select capped-memory; set pagesize-policy=largest-only; end',
      /contiguous/,
    ],
    ['a CPU model that there is not', 'set cpu-arch=NoSuchCpu', /QEMU did not start: .*NoSuchCpu/],
    [
      'storage that is not there',
      'select device id=0; set storage=file:///zones/none; end',
      /Cannot open "file:\/\/\/zones\/none": No such file/,
    ],
    [
      'storage of another zone',
      'select device id=0; set storage=file:///zones/web2.disk; end',
      /"file:\/\/\/zones\/web2.disk" is in use by zone 'web2'/,
    ],
    [
      'a URI that the hypervisor has no words for',
      'select device id=0; set storage=nfs://10.77.0.240:1000/export/disk; end',
      /QEMU's NFS client cannot be told a port/,
    ],
    [
      'storage for which this host has no credentials',
      'select device id=0; set storage=nbds://10.77.0.240/disk; end',
      /Cannot open "nbds:\/\/10\.77\.0\.240\/disk": this host has no credentials for its server/,
    ],
    [
      'a logical unit that nobody has',
      'select device id=0; set storage=lu:luname.naa.600144f0db000001; end',
      /the kernel of this host has no such logical unit/,
    ],
  ]
  for (const [why, change, message] of refusals) {
    await t.test(`a boot with ${why}`, () => bootRefused(change, message))
  }

  await t.test('verify tells all of it without trying, with remedies', async () => {
    const wrong =
      'select anet id=0; set lower-link=br9; end; select device id=0; set storage=file:///zones/none; end'
    await zonecfg('web1', wrong)
    const words = await refused(alpha, /no bridge "br9"/, ['zoneadm', '-z', 'web1', 'verify'])
    assert.match(words, /Cannot open "file:\/\/\/zones\/none"/)
    await putRight()
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'verify')
  })

  await t.test('a boot while the storage server is down, and one when it is back', async () => {
    const lun = await lab.storage.createLun({ name: 'disk', sizeBytes: 16 * mib })
    const remote = { name: 'remote', storage: lun.suri, address: `${lab.guestAddress(1)}/24` }
    await installGuestZone(alpha, guest, remote)
    await lab.storage.stop()
    const words = /Cannot open "iscsi:[^"]*": iSCSI: .*(refused|connect)/i
    await refused(alpha, words, ['zoneadm', '-z', 'remote', 'boot'])
    assert.equal(await stateOn(alpha, 'remote'), 'installed')
    assert.deepEqual(await machineRemains(alpha), [])
    await lab.storage.start()
    await succeed(alpha, 'zoneadm', '-z', 'remote', 'boot')
    await succeed(alpha, 'zoneadm', '-z', 'remote', 'halt')
    await succeed(alpha, 'zoneadm', '-z', 'remote', 'uninstall', '-F')
    await zonecfg('remote', 'delete -F')
  })

  await t.test('a boot from a disk that was put in the place of the zone’s own', async () => {
    for (const [name, sizeBytes, told] of [
      ['another', 65 * mib, /host data on "iscsi:.*" are not there/],
      [
        'smaller',
        16 * mib,
        /has become smaller, or is another disk: it has 16777216 bytes, and had at least 68157440/,
      ],
    ] as const) {
      const { suri } = await lab.storage.createLun({ name, sizeBytes })
      await zonecfg('web1', `select device id=0; set storage=${suri}; end`)
      await refused(alpha, told, ['zoneadm', '-z', 'web1', 'boot'])
      assert.equal(await stateOn(alpha, 'web1'), 'unavailable')
      await putRight()
      await succeed(alpha, 'zoneadm', '-z', 'web1', 'attach')
      assert.equal(await stateOn(alpha, 'web1'), 'installed')
    }
  })

  await t.test('an installation on the disk of another zone, and two at once on the same', async () => {
    const shared = (name: string, storage: string) =>
      zonecfg(name, guestZoneCommands({ name, storage, address }))
    await shared('thief', 'file:///zones/web2.disk')
    await refused(alpha, /in use by zone 'web2'/, ['zoneadm', '-z', 'thief', 'install'])
    await refused(alpha, /in use by zone 'web2'/, ['zoneadm', '-z', 'thief', 'attach'])
    await zonecfg('thief', 'select device id=0; set storage=file:///zones/same.disk; end')
    await shared('other', 'file:///zones/same.disk')
    const names = ['thief', 'other']
    await Promise.all(names.map((name) => alpha.run(['zoneadm', '-z', name, 'install'])))
    const states = await Promise.all(names.map((name) => stateOn(alpha, name)))
    assert.ok(states.filter((state) => state === 'installed').length <= 1, states.join())
    for (const [index, name] of names.entries()) {
      if (states[index] === 'installed') await succeed(alpha, 'zoneadm', '-z', name, 'uninstall', '-F')
      await zonecfg(name, 'delete -F')
    }
    assert.deepEqual((await readdir(join(alpha.root, 'zones'))).toSorted(), ['web1.disk', 'web2.disk'])
  })

  await t.test('names that are none, and zones that are not there', async () => {
    for (const name of ['nosuch', '../web1', 'web1.cfg', 'x'.repeat(300)]) {
      await refused(alpha, /No such zone|not a valid zone name|a zone name/, ['zoneadm', '-z', name, 'boot'])
    }
    for (const name of ['global', 'SYSmine', '.x', 'a/b', 'a b']) {
      await refused(alpha, /a zone name/, ['zonecfg', '-z', name, 'create; commit'])
    }
    assert.deepEqual((await readdir(join(alpha.root, 'etc/zones'))).toSorted(), ['web1.cfg', 'web2.cfg'])
  })

  await t.test(
    'the configuration of an installed zone cannot be deleted; one that vanished is told',
    async () => {
      await refused(alpha, /cannot be deleted while it is installed/, ['zonecfg', '-z', 'web1', 'delete -F'])
      const path = join(alpha.root, 'etc/zones/web1.cfg')
      await rename(path, `${path}.away`)
      await refused(alpha, /No such zone configured/, ['zoneadm', '-z', 'web1', 'boot'])
      await alpha.killZonesd()
      const { state, auxiliary } = await zoneOn(alpha, 'web1')
      assert.deepEqual([state, auxiliary], ['incomplete', ['no-config']])
      await refused(alpha, /it is incomplete/, ['zoneadm', '-z', 'web1', 'boot'])
      await rename(`${path}.away`, path)
      await alpha.killZonesd()
      assert.equal(await stateOn(alpha, 'web1'), 'installed')
    },
  )

  await t.test('a damaged state file is told by its name; the other zones work', async () => {
    const path = join(alpha.root, 'var/lib/zones/web1/state.json')
    const good = await readFile(path, 'utf8')
    await writeFile(path, good.slice(0, 40))
    await alpha.killZonesd()
    const { state, reason } = await zoneOn(alpha, 'web1')
    assert.deepEqual([state, reason], ['unavailable', `The file "${path}" is damaged`])
    await refused(alpha, new RegExp(`${path}.* is damaged`), ['zoneadm', '-z', 'web1', 'boot'])
    await refused(alpha, /is damaged/, ['zoneadm', '-z', 'web1', 'uninstall', '-F'])
    await succeed(alpha, 'zoneadm', '-z', 'web2', 'boot')
    await succeed(alpha, 'zoneadm', '-z', 'web2', 'halt')
    assert.equal(await readFile(path, 'utf8'), good.slice(0, 40))
    await writeFile(path, good)
    await alpha.killZonesd()
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
  })

  await t.test('a damaged configuration is told by its name and line; the other zones work', async () => {
    const path = join(alpha.root, 'etc/zones/web1.cfg')
    await writeFile(path, 'create -b\nset bra')
    const words = await refused(alpha, /is damaged: On line 2/, ['zoneadm', '-z', 'web1', 'boot'])
    assert.ok(words.includes(path))
    await succeed(alpha, 'zoneadm', 'list', '-cv')
    assert.equal(await stateOn(alpha, 'web2'), 'installed')
    await rm(path)
    await writeFile(path, config)
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'verify')
  })
})
