import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { listenForMemory } from '../../test/fixtures/listen-for-memory.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { startProbe } from '../qmp/one-shot.ts'
import { statusSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { cipherNames, tlsPriority } from './cipher.ts'
import type { MemoryProgress } from './memory-progress.ts'
import { sendMemory } from './send-memory.ts'
import { newStreamKey, placeStreamKey } from './stream-key.ts'
import { clearStream, prepareStream, type StreamSettings } from './stream-settings.ts'
import { takeBack } from './take-back.ts'

const machine = ['-M', 'pc-q35-7.2,accel=tcg', '-m', '32', '-nodefaults', '-display', 'none', '-S']
const never = new AbortController().signal
const inTheClear: StreamSettings = { keyFolder: null, priority: undefined }
/** So slow that the transfer does not end while a test does something to it. */
const slowBytesPerSecond = 20_000

const status = (qmp: QmpConnection) => qmp.execute('query-status', {}, { schema: statusSchema })
const isRunning = async (qmp: QmpConnection) => (await status(qmp)).running

/** QEMU says that the migration is complete a moment before it has put the guest away. */
async function isPutAway(qmp: QmpConnection): Promise<boolean> {
  assert.equal(await isRunning(qmp), false)
  const isThere = async () => ((await status(qmp)).status === 'postmigrate' ? true : undefined)
  return (await retryUntil(isThere, { timeoutMs: 10_000, intervalMs: 5 })) === true
}

/** A guest that runs: its processor is busy with the firmware. */
async function runningGuest(): Promise<QmpConnection> {
  const qmp = await startProbe('qemu-system-x86_64', machine)
  await qmp.execute('cont')
  return qmp
}

const waitingTarget = () => startProbe('qemu-system-x86_64', [...machine, '-incoming', 'defer'])

async function pair(settings = inTheClear) {
  await using undo = new AsyncDisposableStack()
  const [source, target] = await Promise.all([runningGuest(), waitingTarget()])
  undo.use(source)
  undo.use(target)
  await prepareStream(target, 'server', settings)
  const uri = await listenForMemory(target)
  await prepareStream(source, 'client', settings)
  const kept = undo.move()
  return { source, target, uri, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const slowDown = (qmp: QmpConnection) =>
  qmp.execute('migrate-set-parameters', { 'max-bandwidth': slowBytesPerSecond })

test('All of the memory arrives, and both guests stand still: nobody runs until told', async () => {
  await using ends = await pair()
  const { source, target, uri } = ends
  const seen: MemoryProgress[] = []
  const before = performance.now()
  const sent = await sendMemory(source, uri, never, { onProgress: (progress) => seen.push(progress) })
  assert.ok(
    sent.transferredBytes > 100_000 && sent.transferredBytes < 40 * 1024 ** 2,
    `${sent.transferredBytes}`,
  )
  assert.ok(sent.stoppedAtMs >= before && sent.stoppedAtMs <= performance.now())
  assert.ok(sent.qemuDowntimeMs !== null)
  assert.ok(sent.qemuDowntimeMs >= 0 && sent.qemuDowntimeMs <= performance.now() - before)
  assert.equal(await isPutAway(source), true)
  const arrived = await retryUntil(
    async () => ((await status(target)).status === 'inmigrate' ? undefined : await status(target)),
    { timeoutMs: 5_000, intervalMs: 5 },
  )
  assert.deepEqual(arrived, { status: 'paused', running: false })
  for (const { totalBytes, remainingBytes } of seen) assert.ok(remainingBytes <= totalBytes)
  await target.execute('cont')
  assert.equal(await isRunning(target), true)
})

test('An emulated guest stands still for each look at what it has changed, and runs in between', async () => {
  await using ends = await pair()
  const { source, uri } = ends
  const events: string[] = []
  for (const name of ['STOP', 'RESUME', 'MIGRATION_PASS'] as const) source.on(name, () => events.push(name))
  await source.execute('migrate-set-parameters', { 'max-bandwidth': 10 * slowBytesPerSecond })
  await sendMemory(source, uri, never, { isEmulated: true })
  assert.equal(await isPutAway(source), true)
  // Each pass begins with a look. QEMU tells of it when the guest may already go on, but it was stopped for it.
  let isStopped = false
  let wasStopped = false
  for (const event of events) {
    if (event === 'MIGRATION_PASS') {
      assert.ok(wasStopped, events.join(' '))
      wasStopped = isStopped
    } else {
      isStopped = event === 'STOP'
      wasStopped ||= isStopped
    }
  }
  assert.deepEqual(events.filter((event) => event !== 'MIGRATION_PASS').slice(0, 2), ['STOP', 'RESUME'])
  assert.ok(isStopped)
})

test('An emulated guest runs again after a transfer that fails at its beginning', async () => {
  await using ends = await pair()
  const { source, target, uri } = ends
  await target[Symbol.asyncDispose]()
  await assert.rejects(sendMemory(source, uri, never, { isEmulated: true }), {
    code: 'TRANSFER_FAILED',
  })
  await takeBack(source)
  assert.equal(await isRunning(source), true)
})

test('The same over TLS, with the key of this migration', async () => {
  await using folder = await temporaryFolder()
  await using key = await placeStreamKey(`${folder.path}/key`, newStreamKey())
  await using ends = await pair({ keyFolder: key.folder, priority: tlsPriority(null, cipherNames) })
  const { transferredBytes } = await sendMemory(ends.source, ends.uri, never)
  assert.ok(transferredBytes > 100_000)
  assert.equal(await isPutAway(ends.source), true)
})

test('Without the key nothing is sent, and the guest goes on', async () => {
  await using folder = await temporaryFolder()
  await using ours = await placeStreamKey(`${folder.path}/ours`, newStreamKey())
  await using theirs = await placeStreamKey(`${folder.path}/theirs`, newStreamKey())
  await using source = await runningGuest()
  await using target = await waitingTarget()
  await prepareStream(target, 'server', {
    keyFolder: theirs.folder,
    priority: undefined,
  })
  const uri = await listenForMemory(target)
  await prepareStream(source, 'client', { keyFolder: ours.folder, priority: undefined })
  await assert.rejects(sendMemory(source, uri, never), { code: 'TRANSFER_FAILED' })
  assert.equal(await isRunning(source), true)
})

test('After a transfer that was not handed over the guest runs again, once and again', async () => {
  await using ends = await pair()
  const { source, target, uri } = ends
  await sendMemory(source, uri, never)
  await target[Symbol.asyncDispose]()
  for (let time = 0; time < 2; time += 1) {
    await takeBack(source)
    await clearStream(source)
    assert.equal(await isRunning(source), true)
  }
})

test('A guest that was taken back can be sent to another target', async () => {
  await using ends = await pair()
  const { source } = ends
  await sendMemory(source, ends.uri, never)
  await takeBack(source)
  await using second = await waitingTarget()
  await prepareStream(second, 'server', inTheClear)
  const uri = await listenForMemory(second)
  await clearStream(source)
  await prepareStream(source, 'client', inTheClear)
  await sendMemory(source, uri, never)
  assert.equal(await isPutAway(source), true)
})

test("If the target dies in the middle, the transfer fails in QEMU's words, and the guest goes on", async () => {
  await using ends = await pair()
  const { source, target, uri } = ends
  await slowDown(source)
  const sending = sendMemory(source, uri, never, {
    onProgress: ({ transferredBytes }) => {
      if (transferredBytes > 0) void target[Symbol.asyncDispose]()
    },
  })
  await assert.rejects(sending, {
    code: 'TRANSFER_FAILED',
    message: /^The transfer of the guest's memory failed: \S/,
  })
  await takeBack(source)
  assert.equal(await isRunning(source), true)
})

test('An abort ends the transfer with its reason; taken back, the guest runs and the target got nothing', async () => {
  await using ends = await pair()
  const { source, target, uri } = ends
  await slowDown(source)
  const controller = new AbortController()
  const reason = new Error('cancelled by the operator')
  const sending = sendMemory(source, uri, controller.signal, {
    onProgress: ({ transferredBytes }) => {
      if (transferredBytes > 0) controller.abort(reason)
    },
  })
  await assert.rejects(sending, reason)
  await takeBack(source)
  await takeBack(source)
  assert.equal(await isRunning(source), true)
  const left = await retryUntil(
    () =>
      status(target).then(
        ({ status: word }) => (word === 'inmigrate' ? undefined : word),
        () => 'ended',
      ),
    { timeoutMs: 2_000, intervalMs: 50 },
  )
  assert.ok(left === undefined || left === 'ended', `the target is ${left}`)
})

test('A target that says nothing in the handshake holds the guest up for some seconds only', async () => {
  await using folder = await temporaryFolder()
  await using silent = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const port = (silent.address() as { port: number }).port
  const way = new Promise<Disposable>((resolve) =>
    silent.once('connection', (socket) => resolve({ [Symbol.dispose]: () => socket.destroy() })),
  )
  await using key = await placeStreamKey(join(folder.path, 'key'), newStreamKey())
  await using source = await runningGuest()
  await prepareStream(source, 'client', { keyFolder: key.folder, priority: undefined })
  const uri = `tcp:127.0.0.1:${port}`
  const startedAtMs = performance.now()
  await assert.rejects(sendMemory(source, uri, never), {
    code: 'TRANSFER_FAILED',
    message: /nothing came from tcp:127.0.0.1:\d+, and QEMU answers nothing/,
  })
  using _socket = await way
  await takeBack(source, { uri })
  assert.equal(await isRunning(source), true)
  assert.ok(performance.now() - startedAtMs < 8_000)
})

test('Where nobody listens the transfer fails at once, and the guest goes on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  server.close()
  await once(server, 'close')
  await using source = await runningGuest()
  await prepareStream(source, 'client', inTheClear)
  await assert.rejects(sendMemory(source, `tcp:127.0.0.1:${address.port}`, never), {
    code: 'TRANSFER_FAILED',
    message: /refused/,
  })
  await takeBack(source)
  assert.equal(await isRunning(source), true)
})

test('If the own QEMU dies in the middle, sendMemory() and takeBack() say so', async () => {
  await using ends = await pair()
  const { source, uri } = ends
  await slowDown(source)
  const sending = sendMemory(source, uri, never, {
    onProgress: () => void source[Symbol.asyncDispose](),
  })
  await assert.rejects(sending, { code: 'QMP_CLOSED' })
  await assert.rejects(takeBack(source), { code: 'QMP_CLOSED' })
})
