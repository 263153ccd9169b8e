import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SimulatedStream, type StreamOptions } from '../../test/fixtures/simulated-stream.ts'
import { forecast } from './forecast.ts'
import { handOverMs } from './measured.ts'
import { StillLooks } from './still-looks.ts'

const mib = 1024 ** 2
const usualPauseMs = 300

interface Run {
  readonly stream: Partial<StreamOptions>
  /** How much too late a look is, for its number. */
  readonly lateMs?: (look: number) => number
  readonly slowPercent?: number
  /** How many bytes the target is behind at that time. */
  readonly behindBytes?: (nowMs: number) => number | undefined
  readonly mostMs?: number
  readonly pauseMs?: number
}

async function run({
  stream: options,
  lateMs = () => 0,
  slowPercent,
  behindBytes,
  mostMs = 30_000,
  pauseMs = usualPauseMs,
}: Run) {
  const stream = new SimulatedStream({
    memoryBytes: 512 * mib,
    changedPerSecond: 0,
    areaBytes: 128 * mib,
    bytesPerSecond: () => 100 * mib,
    ...options,
  })
  const qmp = await stream.qmp()
  const askedIn: number[] = []
  const looks = new StillLooks(qmp, {
    pauseMs: () => pauseMs,
    contents: undefined,
    now: () => stream.nowMs,
    behindBytes: async () => {
      askedIn.push(stream.pass)
      return behindBytes?.(stream.nowMs)
    },
  })
  await looks.begin()
  if (slowPercent !== undefined) looks.slowDown(slowPercent)
  for (let look = 0; stream.status === 'active' && stream.nowMs < mostMs; look += 1) {
    const { status, pass, remainingBytes, bytesPerSecond } = stream
    const nextMs = await looks.step({ status, pass, remainingBytes, bytesPerSecond })
    stream.advance(nextMs + lateMs(look))
  }
  const stops = stream.turns.flatMap(({ atMs, isRunning }, index) => {
    const next = stream.turns[index + 1]
    return isRunning || next === undefined ? [] : [next.atMs - atMs]
  })
  const last = stream.turns.at(-1)
  const { endedWith } = stream
  const endMs =
    endedWith === undefined || last === undefined
      ? undefined
      : endedWith.atMs -
        last.atMs +
        (1000 * endedWith.bytes) / (options.bytesPerSecond?.(stream.nowMs) ?? 100 * mib)
  return { stream, stops, endMs, askedIn, ending: looks.ending }
}

test('A guest that changes a part of what can be sent stops for a moment at the end of each pass, and gets over', async () => {
  for (const share of [0, 0.1, 0.3, 0.5, 0.6]) {
    const { stream, stops, endMs } = await run({ stream: { changedPerSecond: share * 100 * mib } })
    assert.equal(stream.status, 'completed', `${share}`)
    assert.deepEqual([stream.missedBytes, stream.lookedAtRunning], [undefined, 0])
    assert.ok(Math.max(0, ...stops) <= 150, `${share}: ${stops.join()}`)
    assert.ok((endMs ?? Infinity) <= usualPauseMs - 50, `${share}: ${endMs}`)
  }
})

test('On a slow way a guest at rest goes on at the target after one pass, and pauses for about as long as is foretold', async () => {
  for (const mibPerSecond of [3, 5, 10, 20]) {
    const bytesPerSecond = mibPerSecond * mib
    const memoryBytes = 64 * mib
    const changedPerSecond = 0.02 * mib
    const {
      stream,
      stops,
      endMs = NaN,
    } = await run({
      stream: { memoryBytes, changedPerSecond, bytesPerSecond: () => bytesPerSecond },
    })
    assert.equal(stream.status, 'completed', `${mibPerSecond}`)
    assert.equal(stops.length, 1, 'for the first look')
    const { converges, pauseMs, slowedPercent } = forecast({
      memoryBytes,
      share: 1,
      bytesPerSecond,
      stillBytesPerSecond: bytesPerSecond,
      setupMs: 0,
      emptyBytesPerSecond: 1e12,
      changes: [{ withinMs: 1000, bytes: changedPerSecond }],
      isEmulated: true,
    })
    assert.deepEqual([converges, slowedPercent], [true, undefined], `${mibPerSecond}`)
    const foretoldMs = pauseMs - handOverMs
    assert.ok(Math.abs(foretoldMs / endMs - 1) < 0.35, `${mibPerSecond}: ${foretoldMs} for ${endMs}`)
  }
})

test('It tells when the guest was stopped for the end, and how long what was changed took then', async () => {
  for (const share of [0, 0.3]) {
    const { stream, ending } = await run({ stream: { changedPerSecond: share * 100 * mib } })
    assert.equal(stream.status, 'completed')
    const { stoppedAtMs = 0, dataMs = Infinity } = ending ?? {}
    assert.ok(Math.abs(stoppedAtMs - (stream.turns.at(-1)?.atMs ?? 0)) <= 5, `${share}: ${stoppedAtMs}`)
    assert.ok(dataMs <= usualPauseMs && dataMs >= share * 50, `${share}: ${dataMs}`)
  }
})

test('A guest that changes more than can be sent gets over when it is slowed down', async () => {
  const { stream, stops, endMs } = await run({
    stream: { changedPerSecond: 150 * mib },
    slowPercent: 99,
    mostMs: 60_000,
  })
  assert.equal(stream.status, 'completed')
  assert.deepEqual([stream.missedBytes, stream.lookedAtRunning], [undefined, 0])
  assert.ok(Math.max(...stops) <= 200, stops.join())
  assert.ok((endMs ?? Infinity) <= usualPauseMs, `${endMs}`)
})

test('A guest that goes on with little left runs before QEMU has reckoned, and QEMU does not look by what it was allowed before', async () => {
  for (const share of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]) {
    const { stream } = await run({
      stream: { changedPerSecond: share * 100 * mib },
      pauseMs: 120,
      mostMs: 12_000,
    })
    assert.ok(stream.pass > 4, `${stream.pass}`)
    assert.deepEqual([stream.missedBytes, stream.lookedAtRunning], [undefined, 0])
  }
})

test('The guest runs until the target has taken in what was sent in the first pass, while hardly anything more is', async () => {
  const taken = 9_000
  const { stream, stops, askedIn } = await run({
    stream: { changedPerSecond: 30 * mib },
    behindBytes: (nowMs) => (nowMs < taken ? 800_000 : 4_096),
  })
  const stopped = stream.turns.filter(({ isRunning }) => !isRunning).map(({ atMs }) => atMs)
  // The first stop is the one for the first look.
  assert.ok((stopped[1] ?? 0) >= taken && (stopped[1] ?? 0) < taken + 250, stopped.join())
  assert.deepEqual([...new Set(askedIn)], [1])
  assert.ok(stops.every((ms) => ms <= 150))
  assert.equal(stream.status, 'completed')
})

test('The guest does not wait for ever for a target that is behind', async () => {
  const { stream } = await run({ stream: {}, behindBytes: () => 800_000 })
  const stopped = stream.turns.filter(({ isRunning }) => !isRunning).map(({ atMs }) => atMs)
  assert.ok((stopped[1] ?? 0) > 14_000 && (stopped[1] ?? 0) < 16_000, stopped.join())
  assert.equal(stream.status, 'completed')
})

test('However the rate of the stream changes and whenever the looks come, QEMU never looks at a guest that runs, nor ends without a look', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        share: fc.double({ min: 0, max: 1.2, noNaN: true }),
        rates: fc.array(fc.integer({ min: 30, max: 200 }), { minLength: 1, maxLength: 12 }),
        changesEveryMs: fc.integer({ min: 20, max: 400 }),
        late: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 10 }),
        slowPercent: fc.constantFrom(undefined, 50, 99),
        memoryMib: fc.integer({ min: 16, max: 600 }),
      }),
      async ({ share, rates, changesEveryMs, late, slowPercent, memoryMib }) => {
        const { stream, stops } = await run({
          stream: {
            memoryBytes: memoryMib * mib,
            areaBytes: (memoryMib / 2) * mib,
            changedPerSecond: share * 100 * mib,
            bytesPerSecond: (nowMs) =>
              (rates[Math.floor(nowMs / changesEveryMs) % rates.length] ?? 100) * mib,
          },
          lateMs: (look) => late[look % late.length] ?? 0,
          ...(slowPercent === undefined ? {} : { slowPercent }),
          mostMs: 8_000,
        })
        assert.equal(stream.lookedAtRunning, 0)
        assert.equal(stream.missedBytes, undefined)
        assert.ok(Math.max(0, ...stops) <= 2 * usualPauseMs, stops.join())
      },
    ),
    { numRuns: 500 },
  )
})
