import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Convergence } from '../src/migration/convergence.ts'
import { sendMemory } from '../src/migration/send-memory.ts'
import { prepareStream, type StreamSettings } from '../src/migration/stream-settings.ts'
import type { QmpConnection } from '../src/qmp/connection.ts'
import { startProbe } from '../src/qmp/one-shot.ts'
import { statusSchema } from '../src/qmp/schemas.ts'
import { retryUntil } from '../src/util/retry-until.ts'
import { listenForMemory } from '../test/fixtures/listen-for-memory.ts'
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { guestCommandLine } from '../test/guest/guest-command-line.ts'

// Whether every page of a busy guest arrives: `node bench/every-page.ts [--rounds 20] [--rate 48] [--area 32]`
//
// An emulated Linux guest goes over --area MiB of its memory without end, and is migrated from one QEMU to the next at --rate MiB/s,
// which is so little that it is slowed down now and then. After each switch all memory of both is compared, page by page.
// It ends with 1 if any page is another one.
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '48' },
    area: { type: 'string', default: '32' },
  },
})

const mib = 1024 ** 2
const memoryMib = 192
const pageBytes = 4096
const mostPauseMs = 300
const inTheClear: StreamSettings = { keyFolder: null, priority: undefined }
const patience = { timeoutMs: 120_000, intervalMs: 20 }

await using folder = await temporaryFolder()
const guest = await ensureGuest()

const memoryOf = (place: number) => `${folder.path}/memory-${place}`
const consoleOf = (place: number) => `${folder.path}/console-${place}`

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const seen = await retryUntil(look, patience)
  if (seen === undefined) throw new Error(`${what}: not within ${patience.timeoutMs} ms`)
  return seen
}

async function start(place: number, ...more: readonly string[]): Promise<QmpConnection> {
  await rm(memoryOf(place), { force: true })
  const bootArguments = guestCommandLine({ dirtyMibPerSecond: 400, dirtyAreaMib: Number(values.area) })
  return await startProbe('qemu-system-x86_64', [
    ...['-M', 'pc-q35-7.2,accel=tcg,memory-backend=ram', '-smp', '1', '-m', `${memoryMib}`, '-S'],
    ...['-object', `memory-backend-file,id=ram,size=${memoryMib}M,mem-path=${memoryOf(place)},share=on`],
    ...['-nodefaults', '-display', 'none', '-serial', `file:${consoleOf(place)}`],
    ...['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', bootArguments],
    ...more,
  ])
}

/** The last number that the guest has told on its console there. */
async function countAt(place: number): Promise<number> {
  const text = await readFile(consoleOf(place), 'latin1').catch(() => '')
  return Number([...text.matchAll(/kzone-guest (\d+)/g)].at(-1)?.[1] ?? 0)
}

async function migrate(source: QmpConnection, target: QmpConnection): Promise<string> {
  await prepareStream(target, 'server', inTheClear)
  const uri = await listenForMemory(target)
  const limits = { bytesPerSecond: Number(values.rate) * mib, pauseMs: mostPauseMs }
  await prepareStream(source, 'client', { ...inTheClear, limits })
  let [passes, slowedPercent] = [0, 0]
  await sendMemory(source, uri, new AbortController().signal, {
    isEmulated: true,
    convergence: new Convergence(mostPauseMs),
    onProgress: ({ pass, throttlePercent }) => {
      passes = pass
      slowedPercent = Math.max(slowedPercent, throttlePercent)
    },
  })
  const isLoaded = async () => {
    const { status } = await target.execute('query-status', {}, { schema: statusSchema })
    return status === 'inmigrate' ? undefined : true
  }
  await until('The target has it', isLoaded)
  return `${passes} passes, slowed down by ${slowedPercent} %`
}

async function differentPages(one: number, other: number): Promise<number[]> {
  const [a, b] = await Promise.all([readFile(memoryOf(one)), readFile(memoryOf(other))])
  const pages = Array.from({ length: a.length / pageBytes }, (_, page) => page)
  return pages.filter((page) => {
    const at = page * pageBytes
    return a.compare(b, at, at + pageBytes, at, at + pageBytes) !== 0
  })
}

let bad = 0
let source = await start(0)
await source.execute('cont')
await until('The guest counts', async () => ((await countAt(0)) > 0 ? true : undefined))
await sleep(3_000)
try {
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const target = await start(round % 2, '-incoming', 'defer')
    const how = await migrate(source, target).catch(async (error: unknown) => {
      await target[Symbol.asyncDispose]()
      throw error
    })
    const pages = await differentPages((round + 1) % 2, round % 2)
    if (pages.length > 0) bad += 1
    const list = pages.map((page) => page.toString(16)).join(' ')
    console.log(`${round}: ${how}: ${pages.length === 0 ? 'every page is the same' : `other pages: ${list}`}`)
    await source[Symbol.asyncDispose]()
    source = target
    await source.execute('cont')
    await until('The guest goes on', async () => ((await countAt(round % 2)) > 0 ? true : undefined))
  }
} finally {
  await source[Symbol.asyncDispose]()
}
console.log(`${values.rounds} migrations, ${bad} with other pages`)
process.exitCode = bad === 0 ? 0 : 1
