import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isInOwnNetwork, runInOwnNetwork } from '../../test/fixtures/in-own-network.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { NfsServer } from '../../test/hosts/nfs-server.ts'
import { whyNoNamespaces } from '../../test/hosts/requirement.ts'
import { placeMark, seesMark } from './mark.ts'
import { openStorage } from './open-storage.ts'
import { SameStorage } from './same-storage.ts'
import { copyImage, createStorage, probeStorage, removeStorage } from './storage.ts'

const mib = 1024 ** 2
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
const never = new AbortController().signal

async function served(address = '127.0.0.1') {
  const folder = await temporaryFolder()
  await chmod(folder.path, 0o755)
  const server = new NfsServer({ folder: folder.path, address, prefix: [] })
  await server.start()
  return {
    server,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

if (!isInOwnNetwork) {
  const skip = whyNoNamespaces()
  test('The driver for nfs works with a real server', { ...(skip === undefined ? {} : { skip }) }, () =>
    runInOwnNetwork(import.meta.filename),
  )
} else {
  test('A file is the same by each name of its server, and another one with the same path is not', async () => {
    await using nfs = await served()
    const uri = nfs.server.suri('disk0', '1000:games')
    await createStorage(uri, mib, context)
    await createStorage(nfs.server.suri('disk1', '1000:games'), mib, context)
    const isSame = async (other: string) => (await new SameStorage(context).first([uri], [other])) === uri
    for (const host of ['localhost', '127.0.0.2']) {
      assert.equal(await isSame(uri.replace('127.0.0.1', host)), true, host)
      assert.equal(await isSame(uri.replace('127.0.0.1', host).replace('disk0', 'disk1')), false)
    }
    assert.equal(await isSame(uri.replace('127.0.0.1', '127.1.2.3:2048')), false, 'cannot be asked')
  })

  for (const address of ['127.0.0.1', '::1']) {
    test(`A file on NFS at ${address} is made of its user, opened, filled, and removed`, async () => {
      await using nfs = await served(address)
      const uri = nfs.server.suri('disk0', '1000:games')
      assert.equal(await createStorage(uri, 8 * mib, context), 'created')
      const status = await stat(join(nfs.server.share, 'disk0'))
      assert.deepEqual([status.uid, status.gid, status.mode & 0o777, status.size], [1000, 60, 0o600, 8 * mib])
      assert.equal(await createStorage(uri, mib, context), 'existed')
      const opened = await probeStorage(uri, context)
      assert.equal(opened.sizeBytes, 8 * mib)
      assert.match(opened.identity ?? '', new RegExp(`^file [0-9a-f]+:${status.ino}$`))
      const image = join(nfs.folder, 'image')
      await writeFile(image, Buffer.alloc(mib, 7))
      await truncate(image, 4 * mib)
      await copyImage({ path: image, format: 'raw' }, uri, context, { targetIsZero: true })
      // QEMU's client cannot punch holes: zeros that are written stay.
      assert.ok((await stat(join(nfs.server.share, 'disk0'))).blocks * 512 <= mib + 65_536)
      const socket = join(nfs.folder, 'socket')
      {
        await using store = await openStorage(uri, context, { socket, writable: true })
        assert.ok((await store.read(0, mib)).equals(Buffer.alloc(mib, 7)))
        await store.write(Buffer.from('end'), 8 * mib - 3)
        await store.flush()
      }
      await using again = await openStorage(uri, context, { socket, writable: false })
      assert.equal((await again.read(8 * mib - 3, 3)).toString(), 'end')
      await removeStorage(uri, context)
      assert.deepEqual(await readdir(nfs.server.share), [])
      await removeStorage(uri, context)
    })
  }

  test('What cannot be opened or made is told in words, with its URI', async () => {
    await using nfs = await served()
    const { server } = nfs
    const refused = (uri: string, message: RegExp) =>
      assert.rejects(probeStorage(uri, context), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STORAGE_UNREACHABLE')
        assert.ok(error.message.startsWith(`Cannot open "${uri}": `), error.message)
        assert.match(error.message, message)
        return true
      })
    await refused(server.suri('none'), /no such file|NOENT/i)
    await refused(`nfs://127.0.0.1/nowhere/disk0`, /mount/)
    await refused(server.suri('disk0', 'nobody-here:1'), /this host knows no user "nobody-here"/)
    await mkdir(join(server.share, 'folder'))
    await refused(server.suri('folder'), /regular file|folder|ISDIR/i)
    await createStorage(server.suri('disk0', '1000:1000'), mib, context)
    await chmod(join(server.share, 'disk0'), 0o644)
    await refused(server.suri('disk0', '1001:1001'), /user 1001 of group 1001|permission|ACCES/i)
    await chmod(server.share, 0o755)
    await assert.rejects(createStorage(server.suri('disk1', '1001:1001'), mib, context), {
      code: 'STORAGE_UNREACHABLE',
      message: /^Cannot make "nfs:.*": permission denied$/,
    })
    await server.stop()
    await refused(server.suri('disk0'), /refused|connect/i)
  })

  test('A mark on one file is seen on it, on no other, and gone when it is taken back', async () => {
    await using nfs = await served()
    const [one, other] = [nfs.server.suri('one'), nfs.server.suri('other')]
    for (const uri of [one, other]) await createStorage(uri, mib, context)
    const mark = randomBytes(8)
    {
      await using placed = await placeMark(one, context, mark, never)
      assert.ok(placed)
      assert.equal(await seesMark(one, context, mark, never), true)
      assert.equal(await seesMark(one, context, randomBytes(8), never), false)
      assert.equal(await seesMark(other, context, mark, never), false)
    }
    assert.equal(await seesMark(one, context, mark, never), false)
    assert.deepEqual((await readdir(nfs.server.share)).toSorted(), ['one', 'other'])
  })
}
