import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { listenForMemory } from '../../test/fixtures/listen-for-memory.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { busyPage, writingFirmware, writtenArea } from '../../test/guest/writing-firmware.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { startProbe } from '../qmp/one-shot.ts'
import { statusSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { Convergence } from './convergence.ts'
import { flushTlbs } from './flush-tlbs.ts'
import { sendMemory } from './send-memory.ts'
import { prepareStream, type StreamSettings } from './stream-settings.ts'

const memoryMib = 32
const machine = ['-M', 'pc-q35-7.2,accel=tcg', '-m', `${memoryMib}`, '-nodefaults', '-display', 'none', '-S']
const inTheClear: StreamSettings = { keyFolder: null, priority: undefined }

const monitor = async (qmp: QmpConnection, line: string) =>
  String(await qmp.execute('human-monitor-command', { 'command-line': line }))

test('The machine is as it was, whether or not its firmware has come to the chipset', async () => {
  await using qmp = await startProbe('qemu-system-x86_64', machine)
  const look = async () => [await monitor(qmp, 'i /w 0xcf8'), await monitor(qmp, 'info mtree')]
  const before = await look()
  assert.doesNotMatch(before.join(), /fed1c000/)
  await flushTlbs(qmp)
  assert.deepEqual(await look(), before)

  await qmp.execute('cont')
  const isMapped = async () => ((await monitor(qmp, 'info mtree')).includes('fed1c000') ? true : undefined)
  assert.ok(await retryUntil(isMapped, { timeoutMs: 20_000, intervalMs: 50 }))
  await qmp.execute('stop')
  const mapped = await look()
  await flushTlbs(qmp)
  assert.deepEqual(await look(), mapped)
})

test('All that a guest writes arrives, also where it has written without a break since the pass before', async () => {
  await using folder = await temporaryFolder()
  const firmware = `${folder.path}/firmware`
  await writeFile(firmware, writingFirmware())
  const start = (...more: readonly string[]) =>
    startProbe('qemu-system-x86_64', [...machine, '-bios', firmware, ...more])
  await using source = await start()
  await using target = await start('-incoming', 'defer')
  await prepareStream(target, 'server', inTheClear)
  const uri = await listenForMemory(target)
  // What it writes does not fit into the pause that is allowed first, but into that of which it is told in the end.
  const limits = { bytesPerSecond: 32 * 1024 ** 2, pauseMs: 300 }
  await prepareStream(source, 'client', { ...inTheClear, limits })
  await source.execute('cont')
  const hasWritten = async () => {
    const word = await monitor(source, `xp /1wx ${writtenArea.to - 4096}`)
    return / 0x(?!00000000)/.test(word) ? true : undefined
  }
  assert.ok(await retryUntil(hasWritten, { timeoutMs: 20_000, intervalMs: 5 }))

  let passes = 0
  await sendMemory(source, uri, AbortSignal.timeout(60_000), {
    isEmulated: true,
    convergence: new Convergence(900),
    onProgress: ({ pass }) => {
      passes = pass
    },
  })
  assert.ok(passes > 3, `only ${passes} passes`)
  const hasArrived = async () => {
    const { status } = await target.execute('query-status', {}, { schema: statusSchema })
    return status === 'inmigrate' ? undefined : true
  }
  assert.ok(await retryUntil(hasArrived, { timeoutMs: 10_000, intervalMs: 5 }))
  const [sent, arrived] = await Promise.all([
    memoryOf(source, `${folder.path}/sent`),
    memoryOf(target, `${folder.path}/arrived`),
  ])
  assert.ok(sent.readUInt32LE(busyPage) > 100_000, 'the guest has written')
  const pages = Array.from({ length: sent.length / 4096 }, (_, page) => page * 4096)
  const isOther = (at: number) => !sent.subarray(at, at + 4096).equals(arrived.subarray(at, at + 4096))
  assert.deepEqual(
    pages.filter(isOther).map((at) => at.toString(16)),
    [],
  )
})

async function memoryOf(qmp: QmpConnection, file: string): Promise<Buffer> {
  const whole = `0 ${memoryMib * 1024 ** 2}`
  assert.equal(await monitor(qmp, `pmemsave ${whole} "${file}"`), '')
  return await readFile(file)
}
