import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { blockGraph, createStorage, probeStorage, removeStorage, storageIdentity } from './storage.ts'

const run = promisify(execFile)
const mib = 1024 ** 2
const initiatorName = 'iqn.2026-11.org.kzone:test'

async function host() {
  const folder = await temporaryFolder()
  // A root whose name QEMU would take apart if it were not quoted.
  const root = join(folder.path, 'r,a=b')
  await mkdir(root)
  return {
    root,
    context: { root, initiatorName },
    image: (name: string) => join(folder.path, name),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('storageIdentity() is the same for the spellings of one object, and another for each other object', async () => {
  const context = { root: '/r', initiatorName }
  const luname = 'luname.naa.600144f03d70c80000004ea57da10001'
  const target = 'target.iqn.2026-11.example.kzone:web1'
  const spellings = [
    [
      `iscsi://h/${luname}`,
      `iscsi://h:3260/${luname.toUpperCase().replace('LUNAME.NAA', 'luname.naa')}`,
      `iscsi:///${luname}`,
    ],
    [`iscsi://h/${target}`, `iscsi://h:3260/${target},lun.0`],
    [`iscsi://h/${target},lun.1`],
    [`iscsi://other/${target}`],
    ['nfs://h/share/a', 'nfs://1000:1000@h:2049/share/a'],
    ['nfs://h/share/b'],
    ['nbd://h', 'nbd://h:10809'],
    ['nbd://h/a'],
    ['file:///none', 'file:/none'],
    ['dev:none', 'dev:///dev/none'],
  ]
  const identities = await Promise.all(
    spellings.map((uris) => Promise.all(uris.map((uri) => storageIdentity(uri, context)))),
  )
  for (const each of identities) assert.equal(new Set(each).size, 1, each.join(' '))
  assert.equal(new Set(identities.flat()).size, spellings.length)
})

test('NFS at a port of its own is refused with what to write instead', async () => {
  const context = { root: '/r', initiatorName }
  const uri = 'nfs://h:1000/export/disk0'
  const refusal = { code: 'SURI_UNSUPPORTED', remedy: /Leave ":1000" out/ }
  await assert.rejects(blockGraph(uri, 'disk0', context), refusal)
  await assert.rejects(probeStorage(uri, context), refusal)
  await assert.rejects(createStorage(uri, mib, context), refusal)
})

test('A file is made sparse with its folders, opened, and removed; one that is there is left alone', async () => {
  await using here = await host()
  const { root, context } = here
  const uri = 'file:///zones/web1/disk0'
  const path = join(root, 'zones/web1/disk0')
  await assert.rejects(probeStorage(uri, context), {
    code: 'STORAGE_UNREACHABLE',
    message: new RegExp(`^Cannot open "${uri}": .*no such file`, 'i'),
  })
  assert.equal(await createStorage(uri, 10 * 1024 * mib, context), 'created')
  const { size, blocks, mode } = await stat(path)
  assert.deepEqual([size, blocks, mode & 0o777], [10 * 1024 * mib, 0, 0o600])
  const first = await probeStorage(uri, context)
  assert.equal(first.sizeBytes, 10 * 1024 * mib)
  assert.equal(await createStorage(uri, mib, context), 'existed')
  assert.deepEqual(await probeStorage(uri, context), first)
  await removeStorage(uri, context)
  assert.equal(existsSync(path), false)
  await removeStorage(uri, context)
})

test('A file that cannot be given its size is not left behind', async (t) => {
  await using here = await host()
  const { root, context } = here
  await using any = await open(join(root, 'any'), 'w')
  const tooLarge = Object.assign(new Error('EFBIG'), { code: 'EFBIG', syscall: 'ftruncate' })
  t.mock.method(Object.getPrototypeOf(any) as FileHandle, 'truncate', () => Promise.reject(tooLarge))
  await assert.rejects(createStorage('file:///disk0', mib, context), {
    code: 'HOST_FAILURE',
    message: /^Cannot use ".*disk0": the file would be larger/,
    remedy: /^Ask for a smaller size, .*: df -hT /,
  })
  assert.equal(existsSync(join(root, 'disk0')), false)
})

test('The identity of a file tells it from others, whatever its name is', async () => {
  await using here = await host()
  const { context } = here
  for (const name of ['a', 'b']) await createStorage(`file:///${name}`, mib, context)
  await run('ln', [join(here.root, 'a'), join(here.root, 'c')])
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => (await probeStorage(`file:///${name}`, context)).identity),
  )
  assert.equal(a, c)
  assert.notEqual(a, b)
})

test('What a guest writes is never taken for a format: an image on a raw disk stays bytes', async () => {
  await using here = await host()
  const { root, context } = here
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(root, 'disk'), '100M'])
  const { size } = await stat(join(root, 'disk'))
  // In whole sectors.
  assert.equal((await probeStorage('file:///disk', context)).sizeBytes, Math.ceil(size / 512) * 512)
})

test('A device that is none is refused', async () => {
  await using here = await host()
  await assert.rejects(probeStorage('dev:/dev/null', here.context), {
    code: 'STORAGE_UNREACHABLE',
    message: /^Cannot open "dev:\/dev\/null": .*(not a block device|device)/,
  })
  await assert.rejects(probeStorage('dev:/dev/kzone-none', here.context), {
    code: 'STORAGE_UNREACHABLE',
    message: /no such file/i,
  })
})

test('An iSCSI portal where nobody listens is told at once, one that never answers after the time allowed', async () => {
  const context = { root: '/', initiatorName }
  const silent = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  silent.listen(0, '127.0.0.1', resolve)
  await promise
  const { port } = silent.address() as { port: number }
  const uri = `iscsi://127.0.0.1:${port}/target.iqn.2026-11.example.kzone:none,lun.1`
  try {
    await assert.rejects(probeStorage(uri, context, { timeoutMs: 500 }), {
      code: 'STORAGE_UNREACHABLE',
      message: `Cannot open "${uri}": no answer within 500 ms`,
    })
  } finally {
    silent.close()
  }
  const closed = uri.replace(String(port), '1')
  await assert.rejects(probeStorage(closed, context, { timeoutMs: 60_000 }), {
    code: 'STORAGE_UNREACHABLE',
    message: /Connection refused|Failed to connect/i,
  })
})
