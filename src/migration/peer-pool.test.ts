import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { scriptedTarget } from '../../test/fixtures/peer/scripted-target.ts'
import { processIdentity } from '../util/process-identity.ts'
import { retryUntil } from '../util/retry-until.ts'
import type { Peer } from './peer.ts'
import { PeerPool } from './peer-pool.ts'

const pong = { 'peer/ping': { result: {} } } as const
const ping = (peer: Peer) => peer.call('peer/ping', {})
const giveBack = (peer: Peer) => peer[Symbol.asyncDispose]()

async function isGone(pid: number | undefined): Promise<boolean> {
  assert.ok(pid !== undefined)
  const gone = async () => ((await processIdentity(pid)) === undefined ? true : undefined)
  return (await retryUntil(gone, { timeoutMs: 10_000, intervalMs: 5 })) === true
}

test('Who asks later gets the conversation that was given back', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  for (let time = 0; time < 3; time += 1) {
    await using peer = await pool.acquire(target.uri, target.environment)
    await ping(peer)
    assert.equal(peer.uri, 'ssh://beta')
  }
  assert.equal((await target.conversations()).length, 1)
})

test('Two at once share a conversation, and it stays for the second when the first gives it back', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  const first = await pool.acquire(target.uri, target.environment)
  const second = await pool.acquire(target.uri, target.environment)
  await Promise.all([ping(first), ping(second)])
  await giveBack(first)
  await giveBack(first)
  await ping(second)
  await giveBack(second)
  assert.equal((await target.conversations()).length, 1)
})

test('Another environment or another target means another conversation', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  const { uri, environment } = target
  const reordered = Object.fromEntries(Object.entries({ ...environment, HOME: '/root' }).toReversed())
  await using first = await pool.acquire(uri, { ...environment, HOME: '/root' })
  await using same = await pool.acquire(uri, reordered)
  await using otherUser = await pool.acquire(uri, { ...environment, HOME: '/home/op' })
  await using otherTarget = await pool.acquire('ssh://op@beta', { ...environment, HOME: '/root' })
  for (const peer of [first, same, otherUser, otherTarget]) await ping(peer)
  assert.equal((await target.conversations()).length, 3)
})

test('A kept conversation that has died is replaced', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  const first = await pool.acquire(target.uri, target.environment)
  await ping(first)
  await giveBack(first)
  const [pid] = await target.conversations()
  process.kill(pid ?? 0, 'SIGKILL')
  await first.closed
  await using second = await pool.acquire(target.uri, target.environment)
  await ping(second)
  assert.equal((await target.conversations()).length, 2)
})

test('A kept conversation that does not answer any more is ended and replaced', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  const first = await pool.acquire(target.uri, target.environment)
  await ping(first)
  await giveBack(first)
  const [pid = 0] = await target.conversations()
  await target.answer({ 'peer/ping': 'silence' })
  const second = await pool.acquire(target.uri, target.environment)
  assert.equal(await isGone(pid), true)
  await target.answer(pong)
  await ping(second)
  await giveBack(second)
  assert.equal((await target.conversations()).length, 2)
})

test('A conversation that is not used any more is ended after a minute, not before', async () => {
  await using target = await scriptedTarget(pong)
  await using pool = new PeerPool()
  const peer = await pool.acquire(target.uri, target.environment)
  await ping(peer)
  const [pid = 0] = await target.conversations()
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    await giveBack(peer)
    mock.timers.tick(59_999)
    const again = await pool.acquire(target.uri, target.environment)
    mock.timers.tick(120_000)
    await giveBack(again)
    assert.notEqual(await processIdentity(pid), undefined)
    mock.timers.tick(60_000)
  } finally {
    mock.timers.reset()
  }
  assert.equal(await isGone(pid), true)
  await using next = await pool.acquire(target.uri, target.environment)
  await ping(next)
  assert.equal((await target.conversations()).length, 2)
})

test('The end of the pool ends its conversations, used or not', async () => {
  await using target = await scriptedTarget(pong)
  const pool = new PeerPool()
  const used = await pool.acquire(target.uri, { ...target.environment, HOME: '/a' })
  const idle = await pool.acquire(target.uri, { ...target.environment, HOME: '/b' })
  await Promise.all([ping(used), ping(idle)])
  await giveBack(idle)
  await pool[Symbol.asyncDispose]()
  await used.closed
  for (const pid of await target.conversations()) assert.equal(await isGone(pid), true)
  await assert.rejects(ping(used), { code: 'HOST_UNREACHABLE' })
})

test('A host that cannot be reached is told as such by the first call, with a remedy', async () => {
  await using target = await scriptedTarget(pong)
  await target.becomeUnreachable()
  await using pool = new PeerPool()
  await using peer = await pool.acquire(target.uri, target.environment)
  await assert.rejects(ping(peer), {
    code: 'HOST_UNREACHABLE',
    message: 'Cannot reach ssh://beta: connect to host: Connection refused',
    remedy: 'Check that this works without a prompt: ssh beta true (target ssh://beta)',
  })
})

test("The other host's errors arrive as it threw them; what is no answer is told as such", async () => {
  await using target = await scriptedTarget({
    'peer/alive': { error: 'Broken over there', code: 'BROKEN' },
    'peer/go': { result: { afterwardsMs: 'soon' } },
  })
  await using pool = new PeerPool()
  await using peer = await pool.acquire(target.uri, target.environment)
  const migrationId = crypto.randomUUID()
  await assert.rejects(peer.call('peer/alive', { migrationId }), {
    code: 'BROKEN',
    message: 'Broken over there',
  })
  await assert.rejects(peer.call('peer/go', { migrationId }), {
    code: 'PEER_ANSWER',
    message: 'ssh://beta answered "peer/go" in a form that is not understood',
  })
})
