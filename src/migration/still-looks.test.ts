import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import type { Look } from './end-of-pass.ts'
import { StillLooks } from './still-looks.ts'
import { unlimitedBytesPerSecond } from './stream-settings.ts'

const mib = 1024 ** 2
const full = unlimitedBytesPerSecond
const bytesPerSecond = 100 * mib
/** 400 MiB, of which the first half is data. */
const contents = { memoryBytes: 400 * mib, isData: Array.from({ length: 400 }, (_, index) => index < 200) }

const ram = {
  transferred: 1,
  total: 400 * mib,
  duplicate: 0,
  normal: 0,
  'normal-bytes': 0,
  'dirty-pages-rate': 0,
  'dirty-sync-count': 1,
  mbps: (8 * bytesPerSecond) / 1e6,
  'page-size': 4096,
  'postcopy-requests': 0,
}

const port = { 'human-monitor-command': () => 'portl[0x0cfc] = 0xfed1c001\r\n' }

/** What QEMU is told, in a word. */
function wordFor(args: object = {}): string {
  const { 'downtime-limit': pauseMs, 'max-bandwidth': most } = args as {
    readonly 'downtime-limit'?: number
    readonly 'max-bandwidth'?: number
  }
  if (pauseMs !== undefined) return most === full ? `may look: ${pauseMs}` : `${pauseMs}`
  const rates = new Map([
    [full, 'free'],
    [64 * 1024, 'held'],
    [mib, 'zeros held'],
  ])
  return rates.get(most ?? 0) ?? 'limited'
}

/** Goes through these looks, 10 ms apart, and tells what was done at each. */
async function doneAt(looks: readonly Partial<Look>[], status = 'active'): Promise<string[][]> {
  let atMs = 0
  const { qmp, transport } = await scriptedQmp({
    'query-migrate': () => ({ status, ram: { ...ram, remaining: 100 * mib } }),
    'query-status': () => ({ status: 'running', running: true }),
    'query-migrate-parameters': () => ({ 'max-bandwidth': full }),
    ...port,
  })
  const still = new StillLooks(qmp, { pauseMs: () => 300, contents, now: () => atMs })
  await still.begin()
  const done = [take()]
  for (const look of looks) {
    atMs += 10
    await still.step({ status: 'active', pass: 1, remainingBytes: 350 * mib, bytesPerSecond, ...look })
    done.push(take())
  }
  return done

  function take(): string[] {
    const commands = transport.sent.splice(0).filter(({ execute }) => !execute.startsWith('query'))
    const words = commands.map(({ execute, arguments: args }) => {
      if (execute === 'human-monitor-command') return 'flush'
      return execute === 'migrate-set-parameters' ? wordFor(args as object) : execute
    })
    return words.filter((word, index) => word !== 'flush' || words[index - 1] !== 'flush')
  }
}

/** A look at the second pass. */
const left = (remaining: number, rate = 100) => ({
  pass: 2,
  remainingBytes: remaining * mib,
  bytesPerSecond: rate * mib,
})

test('Near the end of a pass the stream is held back, the guest is stopped when QEMU is about to reckon, and goes on when that may not look', async () => {
  const reckoned = Array.from({ length: 8 }, () => left(5.9, 2))
  const done = await doneAt([
    { status: 'setup' },
    {},
    left(20),
    left(19),
    left(6),
    left(6),
    // Here it reckons.
    left(5.9, 2),
    ...reckoned,
    left(3, 2),
    { ...left(60, 50), pass: 3 },
    { ...left(60, 50), pass: 3 },
    { ...left(60, 50), pass: 3 },
    { ...left(60, 3), pass: 3 },
  ])
  assert.deepEqual(
    done.filter((each) => each.length > 0),
    [
      ['0', 'stop'],
      ['flush', 'cont', 'free'],
      ['limited'],
      ['held'],
      ['stop', 'may look: 20'],
      ['0', 'held'],
      ['flush', 'cont'],
      ['free'],
    ],
  )
})

test('A guest whose transfer QEMU is bringing to its end stays stopped', async () => {
  const { qmp, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: 'device' }),
    'query-migrate-parameters': () => ({}),
    ...port,
    cont: () => {
      throw new Error('Migration is not finalized yet')
    },
  })
  const still = new StillLooks(qmp, { pauseMs: () => 300, contents: undefined })
  await still.begin()
  const look = { status: 'active', pass: 1, remainingBytes: 0, bytesPerSecond }
  for (let time = 0; time < 3; time += 1) await still.step(look)
  assert.equal(commands().filter((name) => name === 'cont').length, 1)
})

test('A transfer that has ended when the guest goes on has failed: the guest is this one', async () => {
  await assert.rejects(doneAt([{}], 'completed'), { code: 'TRANSFER_FAILED' })
})

test('Zeros are not held back for long: the guest may have written there', async () => {
  const looks = Array.from({ length: 300 }, () => ({ remainingBytes: 150 * mib }))
  const done = (await doneAt(looks)).slice(2)
  const changes = done.flatMap((each, index) => each.map((what) => [index * 10, what]))
  assert.deepEqual(changes, [
    [0, 'zeros held'],
    [1010, 'free'],
  ])
})
