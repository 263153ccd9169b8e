import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { PduSplitter } from '../../test/faults/iscsi-pdus.ts'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { copyImage, createStorage, probeStorage, removeStorage } from './storage.ts'

const run = promisify(execFile)
const mib = 1024 ** 2
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }

test('A logical unit of a real target is opened, filled and left alone by create and remove', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: 8 * mib })
  assert.equal((await probeStorage(lun.suri, context)).sizeBytes, 8 * mib)
  assert.equal(await createStorage(lun.suri, 64 * mib, context), 'existed')
  assert.equal((await probeStorage(lun.suri, context)).sizeBytes, 8 * mib)

  const image = join(lab.folder, 'image.raw')
  await writeFile(image, Buffer.alloc(mib, 7))
  await copyImage({ path: image, format: 'raw' }, lun.suri, context)
  const pattern = ['-c', 'read -P 7 0 1M', '-c', 'read -P 0 1M 7M']
  const { stdout } = await run('qemu-io', ['-f', 'raw', ...pattern, lun.qemuUrl])
  assert.doesNotMatch(stdout, /failed/)
  await removeStorage(lun.suri, context)
  assert.equal((await probeStorage(lun.suri, context)).sizeBytes, 8 * mib)
})

test('What is copied is flushed to the storage before it counts as copied', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: 8 * mib })
  await using relay = await listeningRelay(lab.storage)
  const uri = lun.suri.replace(/:\d+\//, `:${relay.port}/`)
  const image = join(lab.folder, 'image.raw')
  await writeFile(image, Buffer.alloc(mib, 7))
  await copyImage({ path: image, format: 'raw' }, uri, context)
  const [write, synchronizeCache] = [0x2a, 0x35]
  const last = relay.commands.filter((command) => command === write || command === synchronizeCache).at(-1)
  assert.ok(relay.commands.includes(write))
  assert.equal(last, synchronizeCache)
})

/** Passes on what an initiator and the target say to each other, and notes the commands. */
async function listeningRelay({ address, port }: { readonly address: string; readonly port: number }) {
  const commands: number[] = []
  const server = createServer((client) => {
    const target = connect(port, address)
    const pdus = new PduSplitter()
    client.on('data', (chunk) => {
      const scsi = pdus.push(chunk).filter(({ opcode }) => opcode === 0x01)
      commands.push(...scsi.map(({ header }) => header.readUInt8(32)))
    })
    void pipeline(client, target, client).catch(() => undefined)
  })
  server.listen(0, address)
  await once(server, 'listening')
  return {
    commands,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

test('A logical unit that is write-protected is refused as such', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: mib })
  assert.equal((await probeStorage(lun.suri, context)).sizeBytes, mib)
  await lab.storage.protectLun(lun)
  await assert.rejects(probeStorage(lun.suri, context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "${lun.suri}": the logical unit is write-protected`,
  })
})

test('What cannot be opened is told in words, with its URI: unit, target, server', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: mib })
  const refused = async (uri: string, message: RegExp) => {
    const start = performance.now()
    await assert.rejects(
      probeStorage(uri, context, { timeoutMs: 120_000 }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STORAGE_UNREACHABLE')
        assert.ok(error.message.startsWith(`Cannot open "${uri}": `), error.message)
        assert.match(error.message, message)
        return true
      },
    )
    // It was an answer, not the end of our patience.
    assert.ok(performance.now() - start < 60_000)
  }
  await refused(lun.suri.replace('lun.1', 'lun.7'), /LUN|unit|SENSE/i)
  await refused(lun.suri.replace(':web1', ':none'), /target|login/i)
  await lab.storage.stop()
  await refused(lun.suri, /refused|connect/i)
  await assert.rejects(createStorage(lun.suri, mib, context), { code: 'STORAGE_UNREACHABLE' })
  await lab.storage.start()
  assert.equal((await probeStorage(lun.suri, context)).sizeBytes, mib)
})
