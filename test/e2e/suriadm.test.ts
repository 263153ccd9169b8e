import assert from 'node:assert/strict'
import { existsSync, readlinkSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLoopbackLab } from '../hosts/loopback-lab.ts'
import { succeed } from './guest-zone.ts'
import { refused } from './zone-steps.ts'

const mib = 1024 ** 2

test('suriadm finds, opens, maps, makes and deletes real storage', async (t) => {
  await using lab = await createLoopbackLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  const { storage } = lab
  const lun = await storage.createLun({ name: 'web1', sizeBytes: 4 * mib })
  const suriadm = (...words: readonly string[]) => succeed(alpha, 'suriadm', ...words)
  const portal = ['-p', `hostname=${storage.address}`, '-p', `port=${storage.port}`]
  let byName = ''

  await t.test('lookup-uri lists the units of a portal by name and by target', async () => {
    const lines = (await suriadm('lookup-uri', '-t', 'iscsi', ...portal)).trim().split('\n')
    assert.equal(lines.length, 2)
    assert.equal(lines[1], lun.suri)
    byName = lines[0] ?? ''
    assert.match(byName, /^iscsi:\/\/127\.[\d.:]+\/luname\.naa\.[0-9a-f]{32}$/)
    const luname = byName.slice(byName.indexOf('naa.') + 4)
    assert.equal(
      (await suriadm('lookup-uri', ...portal, '-p', `luname.naa=${luname}`)).split('\n')[0],
      byName,
    )
    const none = await alpha.run(['suriadm', 'lookup-uri', ...portal, '-p', 'lun=7'])
    assert.deepEqual([none.code, none.stdout], [1, ''])
    // Without a host: those that the initiator was told.
    await mkdir(join(alpha.root, 'etc/iscsi/send_targets', `${storage.address},${storage.port}`), {
      recursive: true,
    })
    assert.deepEqual((await suriadm('lookup-uri')).trim().split('\n'), lines)
  })

  await t.test('lookup-mapping opens it, under each of its names', async () => {
    for (const uri of [lun.suri, byName]) {
      assert.equal(
        await suriadm('lookup-mapping', '-H', '-o', 'mapped-dev,size,used-by', uri),
        `mapped-dev\t-\nsize\t${4 * mib}\nused-by\t-\n`,
      )
    }
    await refused(alpha, /Cannot open ".*lun\.7"/, [
      'suriadm',
      'lookup-mapping',
      lun.suri.replace('lun.1', 'lun.7'),
    ])
  })

  await t.test('map serves it on a socket, for reading or for writing, until unmap', async () => {
    const map = async (...options: readonly string[]) =>
      (await suriadm('map', ...options, '-H', '-o', 'nbd-uri', byName)).trim().split('\t')[1] ?? ''
    const io = (uri: string, command: string) => alpha.run(['qemu-io', '-f', 'raw', '-c', command, uri])
    const readOnly = await map()
    assert.equal(await map(), readOnly)
    assert.match((await io(readOnly, 'write -P 7 0 4k')).stderr, /Permission denied|read-only/i)
    await refused(alpha, /is mapped for reading only/, ['suriadm', 'map', '-w', byName])
    const [socket = ''] = /\/.*\.sock$/.exec(readOnly.slice('nbd+unix:///?socket='.length)) ?? []
    assert.equal(await suriadm('lookup-uri', socket), `${byName}\n`)
    await suriadm('unmap', byName)
    assert.equal(existsSync(socket), false)
    assert.equal(await map('-w'), readOnly)
    assert.match((await io(readOnly, 'write -P 7 0 4k')).stdout, /wrote 4096/)
    assert.match((await io(lun.qemuUrl, 'read -P 7 0 4k')).stdout, /read 4096\/4096/)
    await suriadm('unmap', byName)
    await refused(alpha, /is not mapped/, ['suriadm', 'unmap', byName])
    assert.deepEqual(
      alpha.processes().filter((pid) => existsSync(`/proc/${pid}/exe`) && isNbd(pid)),
      [],
    )
  })

  await t.test('create and delete make and remove a file, never one that a zone has', async () => {
    const uri = 'file:///disks/a'
    const path = join(alpha.root, 'disks/a')
    await suriadm('create', '-p', 'create-size=8m', uri)
    assert.equal((await stat(path)).size, 8 * mib)
    await refused(alpha, /is there already/, ['suriadm', 'create', '-p', 'create-size=1m', uri])
    assert.equal(await suriadm('map', '-H', '-o', 'mapped-dev', uri), `mapped-dev\t${path}\n`)
    assert.equal(await suriadm('lookup-uri', path), `${uri}\n`)
    const zone =
      'create -b; set brand=solaris-kz; add device; set storage=file:/disks/a; set bootpri=0; end; add capped-memory; set physical=64M; end; commit'
    await succeed(alpha, 'zonecfg', '-z', 'web1', zone)
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'install')
    assert.match(await suriadm('lookup-mapping', uri), /^used-by +web1$/m)
    await refused(alpha, /in use by zone 'web1' and cannot be deleted/, ['suriadm', 'delete', '-F', uri])
    await refused(alpha, /in use by zone 'web1' and cannot be mapped/, ['suriadm', 'map', '-w', uri])
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'uninstall', '-F')
    assert.ok(existsSync(path))
    await suriadm('delete', '-F', uri)
    assert.equal(existsSync(path), false)
    await refused(alpha, /Cannot open/, ['suriadm', 'delete', '-F', uri])
    await refused(alpha, /neither made nor deleted/, ['suriadm', 'delete', '-F', lun.suri])
  })
})

function isNbd(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/exe`).endsWith('qemu-nbd')
}
