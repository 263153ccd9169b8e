import assert from 'node:assert/strict'
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { NbdServer } from '../../test/hosts/nbd-server.ts'
import { openStorage } from './open-storage.ts'
import { blockGraph, copyImage, createStorage, probeStorage } from './storage.ts'

const mib = 1024 ** 2
let ports = 20_000

async function served(tls?: 'psk' | 'x509', readOnly = false) {
  const folder = await temporaryFolder()
  const address = `127.77.${(process.pid >> 8) & 255}.${process.pid & 255}`
  const server = new NbdServer({
    folder: folder.path,
    address,
    port: (ports += 1),
    prefix: [],
    sizeBytes: 4 * mib,
    readOnly,
    ...(tls === undefined ? {} : { tls }),
  })
  await server.start()
  const root = join(folder.path, 'root')
  const credentials = join(root, 'etc/zones/credentials/nbd', address)
  return {
    server,
    folder: folder.path,
    credentials,
    context: { root, initiatorName: 'iqn.2026-11.org.kzone:test' },
    /** Gives this host what it needs to be let in. */
    async introduce() {
      await mkdir(dirname(credentials), { recursive: true })
      await cp(server.clientFolder, credentials, { recursive: true })
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

for (const tls of [undefined, 'psk', 'x509'] as const) {
  test(`An export of a real server is opened, filled and read (${tls ?? 'no TLS'})`, async () => {
    await using nbd = await served(tls)
    const { suri } = nbd.server
    if (tls !== undefined) await nbd.introduce()
    assert.equal((await probeStorage(suri, nbd.context)).sizeBytes, 4 * mib)
    assert.equal(await createStorage(suri, 64 * mib, nbd.context), 'existed')
    const image = join(nbd.folder, 'image')
    await writeFile(image, Buffer.alloc(mib, 9))
    await copyImage({ path: image, format: 'raw' }, suri, nbd.context)
    const socket = join(nbd.folder, 'socket')
    await using store = await openStorage(suri, nbd.context, { socket, writable: true })
    assert.ok((await store.read(0, mib)).equals(Buffer.alloc(mib, 9)))
    await store.write(Buffer.from('end'), 4 * mib - 3)
    await store.flush()
    // Others are let in at the same time, as a migration needs it.
    assert.equal((await probeStorage(suri, nbd.context)).sizeBytes, 4 * mib)
    const { objects } = await blockGraph(suri, 'disk0', nbd.context)
    assert.deepEqual(
      objects.map((object) => [object['qom-type'], object.id, object['dir']]),
      tls === undefined ? [] : [[`tls-creds-${tls}`, 'disk0-tls', nbd.credentials]],
    )
  })
}

test('Without credentials, with those of another server, and without TLS nobody is let in', async () => {
  await using nbd = await served('psk')
  const { suri } = nbd.server
  await assert.rejects(probeStorage(suri, nbd.context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "${suri}": this host has no credentials for its server`,
    remedy: /keys\.psk/,
  })
  await assert.rejects(probeStorage(suri.replace('nbds:', 'nbd:'), nbd.context), {
    code: 'STORAGE_UNREACHABLE',
    message: /TLS/,
  })
  await nbd.introduce()
  await writeFile(join(nbd.credentials, 'keys.psk'), `zones:${'00'.repeat(32)}\n`)
  await assert.rejects(probeStorage(suri, nbd.context), { code: 'STORAGE_UNREACHABLE', message: /TLS/i })
  await chmod(join(nbd.credentials, 'keys.psk'), 0o640)
  await assert.rejects(probeStorage(suri, nbd.context), {
    message: /can be read by others/,
    remedy: /^chmod 0600 /,
  })
})

test('A server with a certificate of an authority that this host does not know is refused', async () => {
  await using nbd = await served('x509')
  await using other = await served('x509')
  await nbd.introduce()
  const { suri } = nbd.server
  await rm(join(nbd.credentials, 'ca-cert.pem'))
  await cp(join(other.server.clientFolder, 'ca-cert.pem'), join(nbd.credentials, 'ca-cert.pem'))
  await assert.rejects(probeStorage(suri, nbd.context), {
    code: 'STORAGE_UNREACHABLE',
    message: /certificate|TLS/i,
  })
})

test('An export that nobody may write to is refused', async () => {
  await using nbd = await served(undefined, true)
  const { suri } = nbd.server
  await assert.rejects(probeStorage(suri, nbd.context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "${suri}": the server lets nobody write to it`,
  })
})

test('An export that the server does not have, and a server that is down, are told in words', async () => {
  await using nbd = await served()
  const { suri } = nbd.server
  await assert.rejects(probeStorage(suri.replace('/web1', '/none'), nbd.context), /export|found/i)
  await nbd.server.stop()
  await assert.rejects(probeStorage(suri, nbd.context), { code: 'STORAGE_UNREACHABLE', message: /refused/ })
})
