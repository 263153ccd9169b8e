import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { readOn } from './block-store.ts'
import { openNbd } from './nbd-client.ts'
import { openStorage } from './open-storage.ts'
import { openQemuNbd } from './qemu-nbd.ts'

const mib = 1024 ** 2

/** A file of some MiB behind a real qemu-nbd. */
async function served(sizeBytes = 9 * mib) {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'disk, a=b')
  await writeFile(file, Buffer.alloc(sizeBytes))
  const socket = join(folder.path, 'nbd')
  const node = { driver: 'raw', file: { driver: 'file', filename: file } }
  const graph = { objects: [], image: `json:${JSON.stringify(node)}` }
  return {
    file,
    socket,
    open: (writable = true) => openQemuNbd(graph, { socket, writable }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('What is written at any place and of any length is read back, and is on the storage once it is flushed', async () => {
  await using disk = await served()
  const bytes = randomBytes(5 * mib + 77)
  {
    await using store = await disk.open()
    assert.equal(store.sizeBytes, 9 * mib)
    await store.write(bytes, 4099)
    await store.flush()
    assert.deepEqual(await store.read(4099, bytes.length), bytes)
    assert.deepEqual((await readFile(disk.file)).subarray(4099, 4099 + bytes.length), bytes)
  }
  assert.equal(existsSync(disk.socket), false)
})

test('Reading ends at the end of the storage; writing beyond it is refused', async () => {
  await using disk = await served(2 * mib)
  await using store = await disk.open()
  assert.equal((await store.read(mib, 5 * mib)).length, mib)
  assert.equal((await store.read(2 * mib, 10)).length, 0)
  await assert.rejects(store.write(Buffer.alloc(2), 2 * mib - 1), /the storage is full/)
  const pieces: number[] = []
  for await (const piece of readOn(store, 512, mib)) pieces.push(piece.length)
  assert.deepEqual(pieces, [mib, mib - 512])
})

test('Storage that was opened to be read is not written', async () => {
  await using disk = await served(mib)
  await using store = await disk.open(false)
  await assert.rejects(store.write(Buffer.alloc(512), 0), /answered "write" with error/)
})

test('Storage that cannot be opened is told in the words of QEMU, with its URI', async () => {
  await using folder = await temporaryFolder()
  const socket = join(folder.path, 'nbd')
  const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
  const uri = 'iscsi://127.0.0.1:1/target.iqn.2026-11.example.kzone:none,lun.1'
  await assert.rejects(openStorage(uri, context, { socket, writable: true }), {
    code: 'STORAGE_UNREACHABLE',
    message: /^Cannot open "iscsi:\/\/127\.0\.0\.1:1\/.*(refused|connect)/is,
  })
  assert.equal(existsSync(socket), false)
})

test('A server that ends, or is none, is an error and not a wait', async () => {
  await using folder = await temporaryFolder()
  for (const words of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'NBDMAGICIHAVEOPT\0\x03']) {
    const path = join(folder.path, `server-${words.length}`)
    const server = createServer((client) => client.end(words, 'latin1'))
    server.listen(path)
    await once(server, 'listening')
    await assert.rejects(openNbd(connect(path)), /NBD server/)
    server.close()
  }
})
