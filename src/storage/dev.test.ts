import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loopDevice, whyNoLoopDevices } from '../../test/fixtures/loop-device.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { findLus } from './find-storage.ts'
import { openStorage } from './open-storage.ts'
import {
  blockGraph,
  copyImage,
  createStorage,
  probeStorage,
  removeStorage,
  storageIdentity,
} from './storage.ts'

const mib = 1024 ** 2
const skip = whyNoLoopDevices()
const needsDevice = skip === undefined ? {} : { skip }

async function device(...options: readonly string[]) {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'blocks')
  await writeFile(file, Buffer.alloc(4 * mib))
  const loop = loopDevice(file, ...options)
  return {
    path: loop.path,
    folder: folder.path,
    context: { root: join(folder.path, 'root'), initiatorName: 'iqn.2026-11.org.kzone:test' },
    async [Symbol.asyncDispose]() {
      loop[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test(
  'A real block device is opened, filled with direct I/O, read, and left alone by create and remove',
  needsDevice,
  async () => {
    await using disk = await device()
    const uri = `dev:${disk.path}`
    const opened = await probeStorage(uri, disk.context)
    assert.equal(opened.sizeBytes, 4 * mib)
    assert.equal(opened.identity, await storageIdentity(uri, disk.context))
    assert.equal(await createStorage(uri, 64 * mib, disk.context), 'existed')
    const image = join(disk.folder, 'image')
    await writeFile(image, Buffer.alloc(mib, 3))
    await copyImage({ path: image, format: 'raw' }, uri, disk.context)
    await removeStorage(uri, disk.context)
    await using store = await openStorage(uri, disk.context, { socket: '', writable: false })
    assert.ok((await store.read(0, mib)).equals(Buffer.alloc(mib, 3)))
    assert.ok((await store.read(mib, mib)).equals(Buffer.alloc(mib)))
  },
)

test('A device that may only be read is refused', needsDevice, async () => {
  await using disk = await device('--read-only')
  await assert.rejects(probeStorage(`dev:${disk.path}`, disk.context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "dev:${disk.path}": "${disk.path}" is a read-only device`,
  })
})

test(
  'lu: URIs are found by the device, by the name, and by target port and number',
  needsDevice,
  async () => {
    await using disk = await device()
    const { context } = disk
    const [byId, byPath] = ['by-id', 'by-path'].map((name) => join(context.root, 'dev/disk', name))
    assert.ok(byId !== undefined && byPath !== undefined)
    for (const folder of [byId, byPath]) await mkdir(folder, { recursive: true })
    const [one, other] = ['600144f0db00000000000000000000aa', '600144f0db00000000000000000000bb']
    await symlink(disk.path, join(byId, `wwn-0x${one}`))
    await symlink(disk.path, join(byId, `wwn-0x${one}-part1`))
    await symlink(disk.path, join(byId, `scsi-3${one}`))
    await symlink('/dev/null', join(byId, `wwn-0x${other}`))
    await symlink(disk.path, join(byPath, 'pci-0000:05:00.0-fc-0x50060e8010000001-lun-3'))
    await symlink('/dev/null', join(byPath, 'pci-0000:05:00.0-fc-0x50060e8010000001-lun-4'))
    const [uri, otherUri] = [`lu:luname.naa.${one}`, `lu:luname.naa.${other}`]
    assert.deepEqual(await findLus(context, {}), [uri, otherUri])
    assert.deepEqual(await findLus(context, {}, disk.path), [uri])
    assert.deepEqual(await findLus(context, { luname: `naa.${other}` }), [otherUri])
    assert.deepEqual(await findLus(context, { target: 'naa.50060E8010000001', lun: 3 }), [uri])
    assert.deepEqual(await findLus(context, { target: 'naa.50060e8010000002' }), [])
    assert.deepEqual(await findLus(context, { lun: 4 }), [otherUri])
    assert.deepEqual(await findLus(context, { target: 'iqn.2026-11.org.example:t' }), [])
  },
)

// A loop device has no world-wide name: udev's link is put where a host with a root of its own has it.
test(
  'lu: finds a device by the link that udev makes of its world-wide name, multipath first',
  needsDevice,
  async () => {
    await using disk = await device()
    const links = join(disk.context.root, 'dev/disk/by-id')
    await mkdir(links, { recursive: true })
    const hex = '600144f0db00000000000000000000aa'
    const uri = `lu:luname.naa.${hex.toUpperCase()}`
    await assert.rejects(probeStorage(uri, disk.context), {
      code: 'STORAGE_UNREACHABLE',
      message: `Cannot open "lu:luname.naa.${hex}": the kernel of this host has no such logical unit`,
    })
    await symlink(disk.path, join(links, `wwn-0x${hex}`))
    assert.deepEqual(await probeStorage(uri, disk.context), { sizeBytes: 4 * mib, identity: `naa.${hex}` })
    // Under both names it is one device of this host.
    const names = [uri, `dev:${disk.path}`].map((name) => storageIdentity(name, disk.context))
    assert.equal(new Set(await Promise.all(names)).size, 1)
    await symlink(disk.path, join(links, `dm-uuid-mpath-3${hex}`))
    const { nodes } = await blockGraph(uri, 'disk0', disk.context)
    assert.equal(nodes[0]?.['filename'], join(links, `dm-uuid-mpath-3${hex}`))

    await symlink(disk.path, join(links, 'nvme-eui.0021280001cf80f6'))
    const way = 'initiator.naa.2100001d38089fb0,target.naa.2100001d38089fb0'
    const byWay = await probeStorage(`lu:${way},luname.eui.0021280001cf80f6`, disk.context)
    assert.equal(byWay.identity, 'eui.0021280001cf80f6')
  },
)
