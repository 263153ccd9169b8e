import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { ZoneError } from '../../errors.ts'
import type { Migration } from '../migration.ts'
import type { PeerOperationName } from '../peer-api.ts'
import { type Phase, runPhases } from '../phase.ts'
import { handOver } from './hand-over.ts'
import { movePhases, restPhases } from './index.ts'

test('The zone counts as handed over before the word is sent, not after the answer', async () => {
  let wasHandedOver: boolean | undefined
  const { peer, calls } = scriptedPeer({
    'peer/go': () => {
      wasHandedOver = migration.handedOver
      return { afterwardsMs: 40 }
    },
  })
  const { qmp, commands } = await scriptedQmp()
  const { migration, lines } = liveMigration(peer, qmp)
  assert.equal(migration.handedOver, false)
  const before = performance.now()
  await handOver.run(migration)
  const continuedAtMs = migration.continuedAtMs ?? Number.NaN
  assert.equal(wasHandedOver, true)
  assert.ok(continuedAtMs >= before - 40 && continuedAtMs <= performance.now() - 40)
  assert.deepEqual(calls[0]?.params, { migrationId: migration.id })
  assert.ok((calls[0]?.options?.timeoutMs ?? Number.POSITIVE_INFINITY) <= 30_000)
  assert.equal(calls[0]?.options?.signal, undefined)
  assert.deepEqual(lines, ['Waiting for migration to complete.'])
  assert.deepEqual(commands(), [])
})

/** The phases before the hand-over have all succeeded; their undoing is the real one. Answers whose undoing failed. */
async function failing<M extends Migration>(phases: readonly Phase<M>[], migration: M, failure: Error) {
  const stuck: string[] = []
  const succeeding = phases.map((phase) =>
    phase.name === handOver.name ? phase : { ...phase, run: () => Promise.resolve() },
  )
  const run = { context: migration, signal: migration.signal, onStuck: (name: string) => stuck.push(name) }
  await assert.rejects(runPhases(succeeding, run), failure)
  return stuck
}

const failures = [
  new ZoneError('No answer to "peer/go" within 10 s', { code: 'PEER_TIMEOUT' }),
  new ZoneError('Cannot reach ssh://beta: closed', { code: 'HOST_UNREACHABLE' }),
  new ZoneError('The target has given this migration up', { code: 'NO_SUCH_MIGRATION' }),
]

for (const failure of failures) {
  test(`If the word fails with ${failure.code}, the zone stays handed over and nothing is undone`, async () => {
    const { peer, names } = scriptedPeer({
      'peer/go': () => {
        throw failure
      },
    })
    const { qmp, commands } = await scriptedQmp()
    const { migration } = liveMigration(peer, qmp)
    const stuck = await failing(movePhases, migration, failure)
    assert.equal(migration.handedOver, true)
    assert.equal(migration.continuedAtMs, undefined)
    assert.deepEqual(names(), ['peer/go'] satisfies PeerOperationName[])
    assert.deepEqual(commands(), [], 'nothing makes the guest run here')
    assert.deepEqual(stuck, [])
  })
}

test('If it cannot be written down before the word is sent, all is undone: the target is told at once', async () => {
  const { peer, names } = scriptedPeer({ 'peer/abort': () => ({ status: 'none' }) })
  const { qmp } = await scriptedQmp()
  const full = new ZoneError('No space left on device', { code: 'NO_SPACE' })
  const noteHandOver = () => Promise.reject(full)
  const migration = { ...liveMigration(peer, qmp).migration, kind: 'cold' as const, noteHandOver }
  const stuck = await failing(restPhases, migration, full)
  assert.equal(migration.handedOver, false)
  assert.deepEqual(names(), ['peer/abort'] satisfies PeerOperationName[])
  assert.deepEqual(stuck, [])
})

test('Of the phases that move a zone exactly one commits, and all that can be undone come before it', () => {
  assert.deepEqual(
    movePhases.map(({ name }) => name),
    ['reserve', 'offer', 'prepare', 'transfer', 'hand-over', 'drain', 'probe', 'clean-up'],
  )
  assert.deepEqual(
    movePhases.filter((phase) => phase.commits !== undefined),
    [handOver],
  )
  const after = movePhases.slice(movePhases.indexOf(handOver))
  assert.deepEqual(
    after.filter((phase) => 'undo' in phase),
    [],
  )
})
