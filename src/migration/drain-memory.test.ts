import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lateClock } from '../../test/fixtures/late-clock.ts'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { ZoneError } from '../errors.ts'
import { drainMemory } from './drain-memory.ts'
import type { PeerResult } from './peer-api.ts'

type Status = PeerResult<'peer/rejoin'>['status']

const ram = {
  transferred: 9_000_000,
  remaining: 1_000_000,
  total: 33_554_432,
  duplicate: 1,
  normal: 2,
  'normal-bytes': 8192,
  'dirty-pages-rate': 0,
  'dirty-sync-count': 3,
  mbps: 80,
  'page-size': 4096,
  'postcopy-requests': 0,
}
/** A QEMU whose migration goes through these states, one a look, and a target that answers these one after the other. */
async function draining(
  states: readonly string[],
  answers: readonly (Status | Error)[] = [],
  {
    remaining = ram.remaining,
    refusals = 0,
    brokenTimeoutMs = 60_000,
    onAsked = () => undefined as void,
  } = {},
) {
  const left = [...states]
  const words = [...answers]
  const asked: boolean[] = []
  let refused = 0
  let openWays = 0
  let mostOpenWays = 0
  const { qmp, transport, commands } = await scriptedQmp({
    'query-migrate': () => ({
      status: left.length > 1 ? left.shift() : left[0],
      ram: { ...ram, remaining },
    }),
    migrate: () => {
      refused += 1
      if (refused <= refusals) throw new Error('the way is gone')
    },
  })
  const lines: string[] = []
  const rejoin = async (isOnlyAsked: boolean) => {
    asked.push(isOnlyAsked)
    if (asked.length > 1) onAsked()
    const answer = words.shift() ?? assert.fail('asked too often')
    if (answer instanceof Error) throw answer
    return answer
  }
  const openWay = async () => {
    openWays += 1
    mostOpenWays = Math.max(mostOpenWays, openWays)
    return {
      path: '/run/zones/web1.rest',
      [Symbol.asyncDispose]: async () => {
        openWays -= 1
      },
    }
  }
  const { signal } = new AbortController()
  const line = (text: string) => lines.push(text)
  const end = await drainMemory(qmp, { rejoin, openWay, line, brokenTimeoutMs, signal })
  const resumed = transport.sent.find(({ execute }) => execute === 'migrate')?.arguments
  return { end, lines, commands: commands(), resumed, asked, openWays, mostOpenWays }
}

test('What is missing is sent, and nothing is said when nothing breaks', async () => {
  const { end, lines, commands } = await draining(['postcopy-active', 'completed'])
  assert.equal(end, 'whole')
  assert.deepEqual(lines, [])
  assert.deepEqual(new Set(commands), new Set(['query-migrate']))
})

test('A stream that breaks is taken up again, on a way that does not stay', async () => {
  const states = ['postcopy-active', 'postcopy-paused', 'postcopy-recover', 'postcopy-active', 'completed']
  const { end, lines, resumed, openWays } = await draining(states, ['waits'])
  assert.equal(end, 'whole')
  assert.match(lines[0] ?? '', /^The stream is broken; .* Both halves of its memory are kept/)
  assert.deepEqual(lines.slice(1), ['The stream goes on.'])
  assert.deepEqual(resumed, { uri: 'unix:/run/zones/web1.rest', resume: true })
  assert.equal(openWays, 0)
})

test('A way on which QEMU could not go on is closed before the next is opened', async () => {
  const states = ['postcopy-paused', 'postcopy-paused', 'postcopy-active', 'completed']
  const { end, openWays, mostOpenWays } = await draining(states, ['waits', 'waits'], { refusals: 1 })
  assert.deepEqual([end, openWays, mostOpenWays], ['whole', 0, 1])
})

test('A target that cannot be reached is asked again; the break is told once', async () => {
  const unreachable = new ZoneError('no route to beta', { code: 'TARGET_UNREACHABLE' })
  const states = ['postcopy-paused', 'postcopy-paused', 'postcopy-active', 'completed']
  const { end, lines } = await draining(states, [unreachable, 'waits'])
  assert.equal(end, 'whole')
  assert.equal(lines.length, 2)
})

test('A target whose QEMU answers nothing is asked again; what that means is told once', async () => {
  const { end, lines } = await draining(['postcopy-paused'], ['stuck', 'stuck', 'ended'])
  assert.equal(end, 'ended')
  assert.equal(lines.length, 2)
  assert.match(lines[1] ?? '', /answers nothing: .* halt the zone there, and boot it/)
})

for (const status of ['ended', 'whole'] as const) {
  test(`A target that answers "${status}" needs nothing any more`, async () => {
    const { end, commands } = await draining(['postcopy-paused'], [status])
    assert.equal(end, status)
    assert.equal(commands.includes('migrate'), false)
  })
}

test('A stream that is silent with all of it on its way is waited for, and the target asked whether it has come', async () => {
  const { end, commands, asked } = await draining(['postcopy-active'], ['filling', 'whole'], { remaining: 0 })
  assert.equal(end, 'whole')
  assert.deepEqual(asked, [true, true])
  assert.equal(commands.includes('migrate-pause'), false)
})

test('Who can wait for no time asks the target once, and is told that the stream is broken', async () => {
  const unreachable = new ZoneError('no route to beta', { code: 'TARGET_UNREACHABLE' })
  const { end, asked } = await draining(['postcopy-paused'], [unreachable], { brokenTimeoutMs: 0 })
  assert.equal(end, 'broken')
  assert.deepEqual(asked, [false])
})

for (const status of ['ended', 'whole'] as const) {
  test(`A stream that QEMU has given up at its very end is nothing to a target that answers "${status}"`, async () => {
    const { end, asked } = await draining(['failed'], [status])
    assert.deepEqual([end, asked], [status, [true]])
  })
}

test('What is missing there then never comes', async () => {
  using clock = lateClock()
  const answers = ['filling', 'filling'] as const
  const { end } = await draining(['failed'], answers, { onAsked: () => clock.advance(10_001) })
  assert.equal(end, 'failed')
})

test('and if the target does not say, it is asked for as long as it is of a broken stream', async () => {
  const unreachable = new ZoneError('no route to beta', { code: 'TARGET_UNREACHABLE' })
  const { end, asked } = await draining(['failed'], [unreachable], { brokenTimeoutMs: 0 })
  assert.deepEqual([end, asked], ['broken', [true]])
})
