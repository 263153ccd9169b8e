/**
 * How well the forecast of `zoneadm migrate -n` foretells the migration that follows: `node bench/forecast.ts [ROUNDS
 * [MIB [MBIT]]]`. A guest of 512 MiB changes its memory at shares of the rate at which it can be sent, which is MIB a second or
 * else the best that was foretold for the idle guest; each round asks for the forecast and migrates, over links
 * of MBIT/s, if it is given. Prints a table for docs/forecast.md, and how far the
 * forecasts of each share were off, as a median; nothing is asserted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Forecast, Report } from '../src/compat/schema.ts'
import { installGuestZone, observeWhenReady, succeed } from '../test/e2e/guest-zone.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { createLab } from '../test/hosts/lab.ts'

const rounds = Number(process.argv[2] ?? 3)
const mib = 1024 ** 2
const shares = [0, 0.1, 0.5, 1]
/** A transfer that has not ended by then is cancelled. */
const patienceMs = 30_000

const guest = await ensureGuest()
await using lab = await createLab({ hosts: ['alpha', 'beta'] })
const { alpha, beta } = lab.hosts
const rateMbitPerSecond = Number(process.argv[4] ?? 0)
if (rateMbitPerSecond > 0) for (const host of [alpha, beta]) await host.shapeLink({ rateMbitPerSecond })
type Host = typeof alpha

interface Outcome {
  readonly foretold: Forecast
  /** Null: it was cancelled. */
  readonly transferMs: number | null
  readonly pauseMs: number | null
  /** The longest that the guest stood still before, and went on. */
  readonly longestStopMs: number | null
  /** Attempts after which it went on at the source, since it would have paused for too long. */
  readonly retries: number
  /** What the end took besides what was changed. */
  readonly endingMs?: number | undefined
}

async function foretell(from: Host, to: Host, zone: string): Promise<Forecast> {
  const words = ['zoneadm', '-z', zone, 'migrate', '-n', '--json', `ssh://${to.address}`]
  const { report } = JSON.parse(await succeed(from, ...words)) as { report: unknown }
  const { forecast } = Report.parse(report)
  if (forecast === undefined || 'unknown' in forecast)
    throw new Error(`No forecast: ${JSON.stringify(forecast)}`)
  return forecast.known
}

async function migrate(from: Host, to: Host, zone: string): Promise<Omit<Outcome, 'foretold'>> {
  const words = ['zoneadm', '-z', zone, 'migrate']
  const running = from.run([...words, '--json', `ssh://${to.address}`], { timeoutMs: 2 * patienceMs })
  const timer = setTimeout(() => void from.run([...words, '--cancel']), patienceMs)
  const { code, stdout, stderr } = await running
  clearTimeout(timer)
  const retries = stderr.split('Trying again').length - 1
  if (code !== 0) {
    console.error(stderr)
    return { transferMs: null, pauseMs: null, longestStopMs: null, retries }
  }
  const { phases, pauseMs, longestStopMs, endingMs } = JSON.parse(stdout) as {
    phases: { name: string; ms: number }[]
    pauseMs: number
    longestStopMs: number
    endingMs?: number
  }
  const transferMs = phases.find(({ name }) => name === 'transfer')?.ms ?? null
  return { transferMs, pauseMs, longestStopMs, retries, endingMs }
}

/** One guest, to and fro. */
async function workload(number: number, mibPerSecond: number): Promise<Outcome[]> {
  const zone = `dirty${number}`
  const lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * mib })
  const address = lab.guestAddress(number)
  await installGuestZone(alpha, guest, {
    name: zone,
    storage: lun.suri,
    address: `${address}/24`,
    dirtyMibPerSecond: mibPerSecond,
  })
  await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
  await (await observeWhenReady(lab.observer, address))[Symbol.asyncDispose]()
  await sleep(6_000)
  const outcomes: Outcome[] = []
  let [from, to] = [alpha, beta]
  for (let round = 0; round < rounds; round += 1) {
    const foretold = await foretell(from, to, zone)
    const came = await migrate(from, to, zone)
    outcomes.push({ foretold, ...came })
    if (came.transferMs !== null) [from, to] = [to, from]
    await sleep(2_000)
  }
  await succeed(from, 'zoneadm', '-z', zone, 'halt')
  return outcomes
}

const number = (value: number | null, digits = 0) => (value === null ? 'no end' : value.toFixed(digits))
const off = (foretold: number | null, came: number | null) =>
  foretold === null || came === null || came === 0
    ? foretold === came
      ? 'right'
      : 'wrong'
    : `${(100 * (foretold / came - 1)).toFixed(0)} %`

console.log(
  '| changed | can be sent | measured change | transfer: foretold, came, error | pause: foretold, came, error | longest stop before | end but for changes | tried again |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
/** By how many percent; more than any where one of the two came to no end. */
const missed = (foretold: number | null, came: number | null) =>
  foretold === null || came === null
    ? foretold === came
      ? 0
      : Number.POSITIVE_INFINITY
    : 100 * Math.abs(foretold / came - 1)
const median = (values: readonly number[]) =>
  (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(0)
const medians: string[] = []
let capacity = Number(process.argv[3] ?? 0) * mib
for (const [index, share] of shares.entries()) {
  const rate = Math.round((share * capacity) / mib)
  const outcomes = await workload(index, rate)
  if (share === 0 && capacity === 0)
    capacity = Math.max(...outcomes.map(({ foretold }) => foretold.bytesPerSecond))
  for (const { foretold, transferMs, pauseMs, longestStopMs, retries, endingMs } of outcomes) {
    const cells = [
      `${rate} MiB/s`,
      `${number(foretold.bytesPerSecond / mib)} MiB/s`,
      `${number(foretold.dirtyBytesPerSecond / mib)} MiB/s`,
      `${number(foretold.transferMs)}, ${number(transferMs)} ms, ${off(foretold.transferMs, transferMs)}`,
      `${number(foretold.pauseMs)}, ${number(pauseMs)} ms, ${pauseMs === null ? '' : off(foretold.pauseMs, pauseMs)}`,
      `${number(longestStopMs)} ms`,
      endingMs === undefined ? '' : `${number(endingMs)} ms`,
      `${retries}`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const times = outcomes.map(({ foretold, transferMs }) => missed(foretold.transferMs, transferMs))
  const pauses = outcomes.map(({ foretold, pauseMs }) => missed(foretold.pauseMs, pauseMs))
  medians.push(
    `${rate} MiB/s: median error of the transfer ${median(times)} %, of the pause ${median(pauses)} %`,
  )
}
console.log(`\n${medians.join('\n')}`)
