import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Convergence, type Measure } from '../../src/migration/convergence.ts'
import { blockBytes } from '../../src/migration/end-postcopy.ts'
import { openPostcopySink } from '../../src/migration/postcopy-sink.ts'
import { sendMemory } from '../../src/migration/send-memory.ts'
import { prepareStream } from '../../src/migration/stream-settings.ts'
import { takeBack } from '../../src/migration/take-back.ts'
import type { QmpConnection } from '../../src/qmp/connection.ts'
import { startProbe } from '../../src/qmp/one-shot.ts'
import { migrationSchema, statusSchema } from '../../src/qmp/schemas.ts'
import { retryUntil } from '../../src/util/retry-until.ts'
import { listenForMemory } from '../fixtures/listen-for-memory.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { busyPage, writingFirmware, writtenArea } from '../guest/writing-firmware.ts'
import { ensureQemu10 } from './ensure-qemu-10.ts'

const machine = ['-M', 'pc-q35-7.2,accel=tcg', '-m', '32', '-nodefaults', '-display', 'none', '-S']
const settings = { keyFolder: null, priority: undefined, postcopy: true }
/** So slow that the rest would take a minute. */
const slowBytesPerSecond = 200_000
const patience = { timeoutMs: 20_000, intervalMs: 5 }

/** Lets a guest go on at the target at the first look: more is left then than all buffers on the way hold. */
class AtOnce extends Convergence {
  #isOver = false

  override look(): Measure | undefined {
    if (this.#isOver) return undefined
    this.#isOver = true
    return { kind: 'post-copy' }
  }
}

const status = async (qmp: QmpConnection) =>
  (await qmp.execute('query-migrate', {}, { schema: migrationSchema })).status
const isRunning = async (qmp: QmpConnection) =>
  (await qmp.execute('query-status', {}, { schema: statusSchema })).running

for (const [name, find] of [
  ['7.2', async () => 'qemu-system-x86_64'],
  ['10.0', ensureQemu10],
] as const) {
  describe(`A post-copy of QEMU ${name} whose guest has not run at the target`, () => {
    let binary = ''
    let folder: Awaited<ReturnType<typeof temporaryFolder>>
    before(async () => {
      binary = await find()
      folder = await temporaryFolder()
      await writeFile(join(folder.path, 'firmware'), writingFirmware())
    })
    after(() => folder[Symbol.asyncDispose]())

    const start = (...more: readonly string[]) =>
      startProbe(binary, [...machine, '-bios', join(folder.path, 'firmware'), ...more])

    async function listening(): Promise<{ target: QmpConnection; uri: string }> {
      const target = await start('-incoming', 'defer')
      await prepareStream(target, 'server', settings)
      return { target, uri: await listenForMemory(target) }
    }

    /** A guest that has written to its memory, and that was just put away here, most of its memory not sent. */
    async function switched(
      through = async (uri: string) => ({ uri, [Symbol.dispose]: () => undefined as void }),
    ) {
      await using undo = new AsyncDisposableStack()
      const source = undo.use(await start())
      await source.execute('cont')
      const hasWritten = async () => {
        const line = `xp /1wx ${writtenArea.to - 4096}`
        const word = await source.execute('human-monitor-command', { 'command-line': line })
        return / 0x(?!00000000)/.test(String(word)) ? true : undefined
      }
      assert.ok(await retryUntil(hasWritten, patience))
      const { target, uri: there } = await listening()
      undo.use(target)
      const way = undo.use(await through(there))
      const { uri } = way
      const limits = { bytesPerSecond: 20 * 1024 ** 2, pauseMs: 1 }
      await prepareStream(source, 'client', { ...settings, limits })
      const slow = { 'max-postcopy-bandwidth': slowBytesPerSecond }
      await source.execute('migrate-set-parameters', slow)
      const sent = await sendMemory(source, uri, AbortSignal.timeout(60_000), {
        isEmulated: true,
        convergence: new AtOnce(undefined),
      })
      assert.equal(sent.isComplete, false)
      assert.equal(await isRunning(source), false)
      const memory = await memoryOf(source)
      const kept = undo.move()
      return { source, target, uri, way, memory, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    }

    async function memoryOf(qmp: QmpConnection): Promise<Buffer> {
      const file = join(folder.path, 'memory')
      await qmp.execute('human-monitor-command', { 'command-line': `pmemsave 0 ${32 * 1024 ** 2} "${file}"` })
      return readFile(file)
    }

    /** That it goes on from where it stood, which its counter tells, and can be migrated anew. */
    async function requireWell(source: QmpConnection, memory: Buffer): Promise<void> {
      assert.equal(await isRunning(source), true)
      const count = (from: Buffer) => from.readUInt32LE(busyPage)
      const { uri, target } = await listening()
      await using _ = target
      await prepareStream(source, 'client', { ...settings, limits: { bytesPerSecond: 1e9, pauseMs: 2_000 } })
      const sent = await sendMemory(source, uri, AbortSignal.timeout(60_000), { isEmulated: true })
      assert.equal(sent.isComplete, true)
      const now = count(await memoryOf(source))
      assert.ok(now > count(memory), `${count(memory)}, and then ${now}`)
    }

    const socket = () => join(folder.path, 'rest')

    test('goes on where it is if the target has ended', async () => {
      await using ends = await switched()
      await ends.target[Symbol.asyncDispose]()
      const isBroken = async () => ((await status(ends.source)) === 'postcopy-paused' ? true : undefined)
      assert.ok(await retryUntil(isBroken, patience))
      assert.deepEqual(await memoryOf(ends.source), ends.memory)
      await takeBack(ends.source, { uri: ends.uri, socket: socket() })
      await requireWell(ends.source, ends.memory)
    })

    test('goes on at once if it is cancelled, however long the rest would take', async () => {
      await using ends = await switched()
      const startedAtMs = performance.now()
      await takeBack(ends.source, { uri: ends.uri, socket: socket() })
      const tookMs = performance.now() - startedAtMs
      assert.ok(tookMs < 10_000, `after ${tookMs} ms`)
      await requireWell(ends.source, ends.memory)
    })

    test('goes on soon if the other end has closed while all buffers were full: nobody tells that to who writes', async () => {
      let jam: Awaited<ReturnType<typeof jamming>>['jam'] = async () => undefined
      await using ends = await switched(async (uri) => {
        const way = await jamming(uri)
        jam = way.jam
        return way
      })
      await ends.source.execute('migrate-set-parameters', { 'max-postcopy-bandwidth': 1024 ** 3 })
      await jam(() => standsStill(ends.source))
      await sleep(500)
      const startedAtMs = performance.now()
      await takeBack(ends.source, { uri: ends.uri, socket: socket() })
      const tookMs = performance.now() - startedAtMs
      assert.ok(tookMs < 8_000, `after ${tookMs} ms`)
      await requireWell(ends.source, ends.memory)
    })

    test('never goes on by itself, also if the stream breaks at its very end: by then it may run there', async () => {
      await using ends = await switched()
      const { source } = ends
      await ends.target[Symbol.asyncDispose]()
      const isPaused = async () => ((await status(source)) === 'postcopy-paused' ? true : undefined)
      assert.ok(await retryUntil(isPaused, patience))
      const words = await source.execute('human-monitor-command', { 'command-line': 'info ramblock' })
      await using sink = await openPostcopySink(socket(), blockBytes(String(words)))
      const way = join(folder.path, 'way')
      await using broken = await breaksAtItsEnd(way, sink.path)
      await source.execute('migrate', { uri: `unix:${way}`, resume: true })
      await broken.hasBroken
      for (let look = 0; look < 20; look += 1) {
        assert.equal(await isRunning(source), false)
        await sleep(50)
      }
      assert.deepEqual(await memoryOf(source), ends.memory)
    })
  })
}

/** Until nothing more is sent, though not all was. */
async function standsStill(qmp: QmpConnection): Promise<void> {
  let sent = -1
  for (let looks = 0; looks < 5; ) {
    await sleep(100)
    const { ram } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
    looks = ram?.transferred === sent ? looks + 1 : 0
    sent = ram?.transferred ?? 0
    assert.notEqual(ram?.remaining, 0)
  }
}

/** A way to a QEMU that can be made to take nothing more, with the end from there closed. */
async function jamming(uri: string) {
  const port = Number(uri.split(':').at(-1))
  const open: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const there = connect(port, '127.0.0.1')
    open.push(client, there)
    for (const socket of [client, there]) socket.on('error', () => undefined)
    client.pipe(there)
    there.pipe(client, { end: false })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    uri: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`,
    jam: async (whenFull: () => Promise<void>) => {
      const [client, there] = open
      client?.unpipe().pause()
      await whenFull()
      there?.destroy()
      client?.end()
    },
    [Symbol.dispose]() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** What the target says when it has all of it (MIG_RP_MSG_SHUT). */
const lastWord = Buffer.from([0, 1, 0, 4, 0, 0, 0, 0])

/** A way between two sockets that breaks instead of bringing back the last word. */
async function breaksAtItsEnd(path: string, to: string) {
  const { promise: hasBroken, resolve } = Promise.withResolvers<void>()
  const server = createServer((client) => {
    const there = connect(to)
    client.on('error', () => undefined).pipe(there)
    there
      .on('error', () => undefined)
      .on('data', (data) => {
        if (!data.subarray(-lastWord.length).equals(lastWord)) return void client.write(data)
        client.destroy()
        resolve()
      })
  })
  await once(server.listen(path), 'listening')
  const close = async () => void server.close()
  return { hasBroken, [Symbol.asyncDispose]: close }
}
