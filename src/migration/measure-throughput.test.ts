import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { listenForTrial } from './listen-for-trial.ts'
import { measureThroughput } from './measure-throughput.ts'
import type { Peer } from './peer.ts'
import type { PeerParams } from './peer-api.ts'

const never = new AbortController().signal
const load = { machineType: 'pc-q35-7.2' } as const

/** Measures the way to another QEMU of this host. */
async function measuring(pages: Buffer, machineType = load.machineType as string) {
  await using folder = await temporaryFolder()
  await using listeners = new AsyncDisposableStack()
  const peer = {
    async call(name: string, params: PeerParams<'peer/try'>) {
      if (name === 'peer/try-end') return {}
      const keyFolder = join(folder.path, 'there.key')
      return listeners.use(await listenForTrial(params, '127.0.0.1', keyFolder, never)).address
    },
  } as unknown as Peer
  const way = { peer, keyFolder: join(folder.path, 'here.key'), encrypted: true, priority: undefined }
  const sample = { pages, share: 1 }
  return await measureThroughput(way, { ...load, machineType }, sample, join(folder.path, 'load'), never)
}

test("The rate is that of real QEMUs on the way, and of the guest's own pages", async () => {
  const { bytesPerSecond, emptyBytesPerSecond, setupMs } = await measuring(randomBytes(512 * 4096))
  assert.ok(bytesPerSecond > 1e6 && bytesPerSecond < 1e12, String(bytesPerSecond))
  // They are only named, however slow the machine.
  assert.ok(emptyBytesPerSecond > bytesPerSecond, `${emptyBytesPerSecond} and ${bytesPerSecond}`)
  // QEMU counts whole milliseconds, and a connection in the clear on one host can take less.
  assert.ok(Number.isInteger(setupMs) && setupMs >= 0 && setupMs < 10_000, String(setupMs))
})

test('Nothing to send and machines that cannot be made are no rate', async () => {
  await assert.rejects(measuring(Buffer.alloc(0)), { code: 'NOT_MEASURED' })
  await assert.rejects(measuring(randomBytes(4096), 'pc-q35-999'), /unsupported machine type/)
})
