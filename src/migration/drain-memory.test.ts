import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { ZoneError } from '../errors.ts'

import { drainMemory, type Rejoined } from './drain-memory.ts'

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
const waits: Rejoined = {
  status: 'waits',
  host: 'fd00::2',
  port: '4711',
  psk: 'ab'.repeat(32),
  priority: null,
}

/** A QEMU whose migration goes through these states, one a look, and a target that answers these one after the other. */
async function draining(states: readonly string[], answers: readonly (Rejoined | Error)[] = []) {
  const left = [...states]
  const words = [...answers]
  const keys: boolean[] = []
  await using folder = await temporaryFolder()
  const keyFolder = join(folder.path, 'web1.key')
  const { qmp, transport, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: left.length > 1 ? left.shift() : left[0], ram }),
    'object-add': () => {
      keys.push(existsSync(keyFolder))
      return {}
    },
  })
  const lines: string[] = []
  const rejoin = async () => {
    const answer = words.shift() ?? assert.fail('asked too often')
    if (answer instanceof Error) throw answer
    return answer
  }
  const { signal } = new AbortController()
  const end = await drainMemory(qmp, { rejoin, keyFolder, line: (text) => lines.push(text), signal })
  const resumed = transport.sent.find(({ execute }) => execute === 'migrate')?.arguments
  return { end, lines, commands: commands(), resumed, keys, isKeyLeft: existsSync(keyFolder) }
}

test('What is missing is sent, and nothing is said when nothing breaks', async () => {
  const { end, lines, commands } = await draining(['postcopy-active', 'completed'])
  assert.equal(end, 'whole')
  assert.deepEqual(lines, [])
  assert.deepEqual(new Set(commands), new Set(['query-migrate']))
})

test('A stream that breaks is taken up again, with a new key that does not stay', async () => {
  const states = ['postcopy-active', 'postcopy-paused', 'postcopy-recover', 'postcopy-active', 'completed']
  const { end, lines, resumed, keys, isKeyLeft } = await draining(states, [waits])
  assert.equal(end, 'whole')
  assert.match(lines[0] ?? '', /^The stream is broken; .* Both halves of its memory are kept/)
  assert.deepEqual(lines.slice(1), ['The stream goes on.'])
  assert.deepEqual(resumed, { uri: 'tcp:[fd00::2]:4711', resume: true })
  assert.deepEqual(keys, [true])
  assert.equal(isKeyLeft, false)
})

test('A target that cannot be reached is asked again; the break is told once', async () => {
  const unreachable = new ZoneError('no route to beta', { code: 'TARGET_UNREACHABLE' })
  const states = ['postcopy-paused', 'postcopy-paused', 'postcopy-active', 'completed']
  const { end, lines } = await draining(states, [unreachable, waits])
  assert.equal(end, 'whole')
  assert.equal(lines.length, 2)
})

for (const status of ['ended', 'whole'] as const) {
  test(`A target that answers "${status}" needs nothing any more`, async () => {
    const { end, commands } = await draining(['postcopy-paused'], [{ status, psk: null, priority: null }])
    assert.equal(end, status)
    assert.equal(commands.includes('migrate'), false)
  })
}
