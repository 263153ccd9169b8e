import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { NfsServer } from '../hosts/nfs-server.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { guestZoneCommands, installGuestZone, succeed } from './guest-zone.ts'
import { guestIsUp, login, machineRemains, refused, stateOn, until, zoneOn } from './zone-steps.ts'

const mib = 1024 ** 2
const mark = 'the first bytes of the image'

test('Images, and zones that are taken to and from a host', {
  skip: whyNoNamespaces() ?? false,
}, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha', 'beta'] })
  const { alpha, beta } = lab.hosts
  const zoneadm = (zone: string, ...argv: string[]) => succeed(alpha, 'zoneadm', '-z', zone, ...argv)
  const diskOf = (zone: string) => join(alpha.root, `zones/${zone}.disk`)
  const configure = (name: string, number: number, storage = `file:///zones/${name}.disk`, more = '') =>
    succeed(
      alpha,
      'zonecfg',
      '-z',
      name,
      guestZoneCommands({
        name,
        storage,
        address: `${lab.guestAddress(number)}/24`,
        more,
      }),
    )

  const raw = join(lab.folder, 'image, one.img')
  const content = Buffer.alloc(8 * mib)
  content.write(mark)
  content.write(mark, 6 * mib)
  await writeFile(raw, content)
  const qcow2 = join(lab.folder, 'image.qcow2')
  await succeed(alpha, 'qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2)

  for (const [format, image] of Object.entries({ raw, qcow2 })) {
    await t.test(`a zone is installed from a ${format} image, onto a disk that is made for it`, async () => {
      await configure(format, 1)
      const said = await zoneadm(format, 'install', '-x', `image=${image}`)
      assert.match(said, /Installation completed in \d+\.\d{3} seconds/)
      const disk = await readFile(diskOf(format))
      assert.equal(disk.length, 65 * mib, 'with its host data')
      assert.ok(disk.subarray(0, content.length).equals(content))
      assert.ok(disk.subarray(content.length, 64 * mib).every((byte) => byte === 0))
    })
  }

  const { address, prefix } = lab.storage
  await using nfs = new NfsServer({ label: lab.label, folder: join(lab.folder, 'nfs'), address, prefix })
  await nfs.start()
  const onNfs = (name: string) => nfs.suri(name, '1000:1000')

  await t.test(
    'zonesd is killed while it copies an image: uninstall cleans up, and install works',
    async () => {
      await configure('killed', 4, onNfs('killed'))
      const full = join(lab.folder, 'full.img')
      await writeFile(full, randomBytes(32 * mib))
      await alpha.shapeLink({ rateMbitPerSecond: 20 })
      const install = alpha.spawn(['zoneadm', '-z', 'killed', 'install', '-x', `image=${full}`])
      const copies = () =>
        alpha.run(['sh', '-c', 'ps -eo args= | grep "^qemu-img convert" | grep -F "$KZ_LAB" || :'])
      await until(
        'the copy',
        async () => (await copies()).stdout,
        (lines) => lines.includes('full.img'),
      )
      await alpha.killZonesd()
      await until(
        'the copy',
        async () => (await copies()).stdout,
        (lines) => lines === '',
      )
      install.kill()
      await alpha.shapeLink({})
      const { state, reason } = await zoneOn(alpha, 'killed')
      assert.deepEqual([state, reason], ['incomplete', 'its installation was interrupted'])
      await refused(alpha, /it is incomplete/, ['zoneadm', '-z', 'killed', 'install'])
      assert.deepEqual(await readdir(nfs.share), ['killed'])
      await zoneadm('killed', 'uninstall', '-F')
      assert.equal(await stateOn(alpha, 'killed'), 'configured')
      assert.deepEqual(await readdir(nfs.share), [])
      await zoneadm('killed', 'install', '-x', `image=${full}`)
      const disk = await readFile(join(nfs.share, 'killed'))
      assert.ok(disk.subarray(0, 32 * mib).equals(await readFile(full)))
      await zoneadm('killed', 'uninstall', '-F')
    },
  )

  await t.test('what is empty takes no room on NFS: installed, cloned, and moved', async () => {
    await configure('one', 4, onNfs('one'))
    await configure('two', 5, onNfs('two'))
    await zoneadm('one', 'install', '-x', `image=${raw}`)
    await zoneadm('two', 'clone', 'one')
    await zoneadm('one', 'move', '-p', onNfs('three'))
    for (const name of ['one', 'two', 'three']) {
      const disk = await readFile(join(nfs.share, name))
      assert.ok(disk.subarray(0, content.length).equals(content), name)
      assert.ok(
        disk.subarray(content.length, 64 * mib).every((byte) => byte === 0),
        name,
      )
      const { blocks } = await stat(join(nfs.share, name))
      assert.ok(blocks * 512 <= 2 * mib, `${name} takes ${blocks} blocks`)
    }
    for (const name of ['one', 'two']) await zoneadm(name, 'uninstall', '-F')
  })

  await t.test('the guest finds the image on its disk', async () => {
    await zoneadm('qcow2', 'uninstall', '-F')
    assert.equal(existsSync(diskOf('qcow2')), false)
    const kernel = ['-x', `kernel=${guest.kernel}`, '-x', `initrd=${guest.initrd}`]
    await zoneadm('qcow2', 'install', '-x', `image=${qcow2}`, ...kernel)
    await zoneadm('qcow2', 'boot')
    await guestIsUp(alpha, 'qcow2')
    await using console = login(alpha, 'qcow2')
    console.type(`dd if=/dev/vda bs=${mark.length} count=1 status=none; echo " is there"\n`)
    await console.says(`${mark} is there`)
    await zoneadm('qcow2', 'halt')
  })

  await t.test('an image that cannot be used leaves the zone configured, and no disk', async () => {
    await configure('bad', 2)
    const cases = [
      [[`image=${raw}`, 'format=qcow2'], /not in qcow2 format/],
      [[`image=${join(lab.folder, 'none.raw')}`], /No such file/],
      [[`kernel=${join(lab.folder, 'none')}`], /Cannot read ".*none": ENOENT/],
    ] as const
    for (const [options, message] of cases) {
      const argv = options.flatMap((option) => ['-x', option])
      await refused(alpha, message, ['zoneadm', '-z', 'bad', 'install', ...argv])
      assert.equal(await stateOn(alpha, 'bad'), 'configured')
      assert.equal(existsSync(diskOf('bad')), false)
    }
    await refused(
      alpha,
      /format/,
      ['zoneadm', '-z', 'bad', 'install', '-x', `image=${join(lab.folder, 'x')}`],
      2,
    )
  })

  await t.test('a zone that was installed halfway is incomplete, and can be uninstalled', async () => {
    // The image comes from a pipe that never ends, so the installation waits while zonesd is killed.
    await succeed(alpha, 'mkfifo', join(lab.folder, 'endless'))
    const kernel = ['-x', `kernel=${join(lab.folder, 'endless')}`]
    const install = alpha.spawn(['zoneadm', '-z', 'bad', 'install', ...kernel])
    while (!existsSync(diskOf('bad'))) await new Promise((resolve) => setTimeout(resolve, 20))
    await refused(alpha, /another operation is under way: install/, ['zoneadm', '-z', 'bad', 'install'])
    await alpha.killZonesd()
    install.kill()
    const { state, reason } = await zoneOn(alpha, 'bad')
    assert.deepEqual([state, reason], ['incomplete', 'its installation was interrupted'])
    await refused(alpha, /it is incomplete \(its installation was interrupted\)/, [
      'zoneadm',
      '-z',
      'bad',
      'boot',
    ])
    await zoneadm('bad', 'uninstall', '-F')
    assert.equal(await stateOn(alpha, 'bad'), 'configured')
    assert.equal(existsSync(diskOf('bad')), false)
  })

  await t.test('a zone is detached here and attached there, and the other way round', async () => {
    const lun = await lab.storage.createLun({ name: 'moved', sizeBytes: 16 * mib })
    await installGuestZone(alpha, guest, {
      name: 'moved',
      storage: lun.suri,
      address: `${lab.guestAddress(3)}/24`,
    })
    await zoneadm('moved', 'detach')
    assert.equal(await stateOn(alpha, 'moved'), 'configured')
    const config = await succeed(alpha, 'zonecfg', '-z', 'moved', 'export', '-k')
    await succeed(beta, 'zonecfg', '-z', 'moved', config)
    await succeed(beta, 'zoneadm', '-z', 'moved', 'attach')
    assert.equal(await stateOn(beta, 'moved'), 'installed')
    await refused(alpha, /is in use by host beta/, ['zoneadm', '-z', 'moved', 'attach'])
    await succeed(beta, 'zoneadm', '-z', 'moved', 'detach')
    await zoneadm('moved', 'attach')
    assert.equal(await stateOn(alpha, 'moved'), 'installed')
    await zoneadm('moved', 'boot')
    await guestIsUp(alpha, 'moved')
    await zoneadm('moved', 'halt')
    await lab.storage.removeLun(lun)
    await refused(alpha, /the zone stays attached/, ['zoneadm', '-z', 'moved', 'detach'])
    await zoneadm('moved', 'detach', '-F')
    await refused(alpha, /Cannot open "iscsi:/, ['zoneadm', '-z', 'moved', 'attach'])
    assert.equal(await stateOn(alpha, 'moved'), 'configured')
  })

  await t.test('a detached zone whose configuration is deleted keeps its disk', async () => {
    await zoneadm('raw', 'detach')
    await succeed(alpha, 'zonecfg', '-z', 'raw', 'delete -F')
    assert.ok(existsSync(diskOf('raw')))
  })

  await t.test(
    'rename keeps configuration and state, and refuses names that are taken or wrong',
    async () => {
      await succeed(alpha, 'zonecfg', '-z', 'old', 'create; commit')
      const config = await succeed(alpha, 'zonecfg', '-z', 'old', 'export')
      await zoneadm('old', 'rename', 'new')
      assert.equal(await succeed(alpha, 'zonecfg', '-z', 'new', 'export'), config)
      await refused(alpha, /'old': No such zone/, ['zoneadm', '-z', 'old', 'list'])
      await refused(alpha, /there is a zone 'qcow2' already/, ['zoneadm', '-z', 'new', 'rename', 'qcow2'])
      for (const name of ['-x', '.hidden', 'a/b', 'global', 'SYSnew', 'a b', 'x'.repeat(64)]) {
        await refused(alpha, /not a valid zone name/, ['zoneadm', '-z', 'new', 'rename', '--', name])
      }
      assert.equal(await stateOn(alpha, 'new'), 'configured')
      await refused(alpha, /it is installed/, ['zoneadm', '-z', 'qcow2', 'rename', 'other'])
    },
  )

  await t.test('mark takes a zone out of use, and attach or uninstall bring it back', async () => {
    await zoneadm('qcow2', 'mark', 'unavailable')
    assert.equal(await stateOn(alpha, 'qcow2'), 'unavailable')
    await refused(alpha, /it is unavailable \(marked by the operator\)/, ['zoneadm', '-z', 'qcow2', 'boot'])
    await zoneadm('qcow2', 'attach')
    assert.deepEqual((await zoneOn(alpha, 'qcow2')).reason, undefined)
    await zoneadm('qcow2', 'mark', 'incomplete')
    assert.equal(await stateOn(alpha, 'qcow2'), 'incomplete')
    await refused(alpha, /must be configured or unavailable/, ['zoneadm', '-z', 'qcow2', 'attach'])
    await refused(alpha, /"running"/, ['zoneadm', '-z', 'qcow2', 'mark', 'running'], 2)
    await zoneadm('qcow2', 'uninstall', '-F')
    assert.equal(existsSync(diskOf('qcow2')), false)
    assert.deepEqual(await machineRemains(alpha), [])
  })
})
