import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { blockGraph, copyImage, createStorage, probeStorage, removeStorage } from './storage.ts'

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

const graphs: Readonly<Record<string, object>> = {
  'file:///zones/web1/disk0': {
    driver: 'file',
    filename: '/r/zones/web1/disk0',
    locking: 'on',
    discard: 'unmap',
  },
  'dev:/dev/sdb': {
    driver: 'host_device',
    filename: '/dev/sdb',
    cache: { direct: true, 'no-flush': false },
    aio: 'native',
    discard: 'unmap',
  },
  'iscsi://storage.example.org/target.iqn.2026-11.example.kzone:web1,lun.3': {
    driver: 'iscsi',
    transport: 'tcp',
    portal: 'storage.example.org:3260',
    target: 'iqn.2026-11.example.kzone:web1',
    lun: 3,
    'initiator-name': initiatorName,
    timeout: 30,
    discard: 'unmap',
  },
  'iscsi://[fd00::f0]:3261/target.iqn.2026-11.example.kzone:web1,lun.0': {
    driver: 'iscsi',
    transport: 'tcp',
    portal: '[fd00::f0]:3261',
    target: 'iqn.2026-11.example.kzone:web1',
    lun: 0,
    'initiator-name': initiatorName,
    timeout: 30,
    discard: 'unmap',
  },
  'nfs://1000:games@[fd00::f0]/export/zones/disk0': {
    driver: 'nfs',
    server: { type: 'inet', host: 'fd00::f0' },
    path: '/export/zones/disk0',
    user: 1000,
    group: 60,
  },
  'nbd://[::1]/web1': {
    driver: 'nbd',
    server: { type: 'inet', host: '::1', port: '10809' },
    export: 'web1',
    'reconnect-delay': 30,
    discard: 'unmap',
  },
  'rbd:zones/ns/web1': { driver: 'rbd', pool: 'zones', namespace: 'ns', image: 'web1', discard: 'unmap' },
}

for (const [uri, protocolNode] of Object.entries(graphs)) {
  test(`blockGraph() of ${uri} is a raw node on its protocol`, async () => {
    const { objects, nodes } = await blockGraph(uri, 'disk0', { root: '/r', initiatorName })
    assert.deepEqual(objects, [])
    assert.deepEqual(nodes, [
      { 'node-name': 'disk0-storage', ...protocolNode },
      { 'node-name': 'disk0', driver: 'raw', file: 'disk0-storage', discard: 'unmap' },
    ])
  })
}

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

test('An image is copied as what it was declared to be, onto a disk that stays raw whatever is on it', async () => {
  await using here = await host()
  const { root, context } = here
  const disk = join(root, 'disk')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '100M'])
  await truncate(disk, mib)
  const content = Buffer.alloc(256 * 1024, 4)
  // Declared as raw, its own header is content like any other.
  const image = here.image('image')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
  const header = await readFile(image)
  await copyImage({ path: image, format: 'raw' }, 'file:///disk', context)
  assert.ok((await readFile(disk)).subarray(0, header.length).equals(header))
  await writeFile(image, content)
  await copyImage({ path: image, format: 'raw' }, 'file:///disk', context)
  assert.ok((await readFile(disk)).subarray(0, content.length).equals(content))
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

for (const format of ['raw', 'qcow2'] as const) {
  test(`copyImage() puts a ${format} image onto a file, and zeros where the image has none`, async () => {
    await using here = await host()
    const { root, context } = here
    const content = Buffer.alloc(4 * mib)
    content.write('first', 0)
    content.write('last', content.length - 4)
    const raw = here.image('image.raw')
    await writeFile(raw, content)
    const image = format === 'raw' ? raw : here.image('a, b.qcow2')
    if (format === 'qcow2') await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image])
    const old = Buffer.alloc(8 * mib, 0xff)
    await writeFile(join(root, 'disk'), old)
    await copyImage({ path: image, format }, 'file:///disk', context)
    const copied = await readFile(join(root, 'disk'))
    assert.equal(copied.length, 8 * mib)
    assert.ok(copied.subarray(0, content.length).equals(content))
  })
}

test('copyImage() refuses an image of another format, one that is not there, and one that is too big', async () => {
  await using here = await host()
  const { context } = here
  await createStorage('file:///disk', mib, context)
  const big = here.image('big.raw')
  await writeFile(big, Buffer.alloc(2 * mib))
  const cases = [
    [{ path: big, format: 'qcow2' }, /not in qcow2 format/],
    [{ path: here.image('none.raw'), format: 'raw' }, /No such file/],
    [{ path: big, format: 'raw' }, /smaller/],
  ] as const
  for (const [image, message] of cases) {
    await assert.rejects(copyImage(image, 'file:///disk', context), { code: 'COMMAND_FAILED', message })
  }
})

test('copyImage() ends with the reason of its signal', async () => {
  await using here = await host()
  const image = here.image('image.raw')
  await writeFile(image, Buffer.alloc(mib))
  await createStorage('file:///disk', mib, here.context)
  const reason = new Error('cancelled')
  const aborted = AbortSignal.abort(reason)
  await assert.rejects(
    copyImage({ path: image, format: 'raw' }, 'file:///disk', here.context, aborted),
    reason,
  )
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
