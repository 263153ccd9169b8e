import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import type { PeerResult } from '../peer-api.ts'
import { reserve } from './reserve.ts'

const kernel = Buffer.alloc(2.5 * 1024 * 1024, 'kernel')

async function reserving(answer: PeerResult<'peer/reserve'>, content = kernel) {
  const pieces: { file: string; data: Buffer; last: boolean }[] = []
  const { peer, calls } = scriptedPeer({
    'peer/reserve': () => answer,
    'peer/file': ({ file, data, last }) => {
      pieces.push({ file, data: Buffer.from(data, 'base64'), last })
      return {}
    },
    'peer/abort': () => ({ status: 'none' }),
  })
  const { qmp } = await scriptedQmp()
  const change = { readBootFile: () => Promise.resolve(content) }
  return { pieces, calls, ...liveMigration(peer, qmp, {}, change) }
}

test('The target learns which zone comes, from whom, and its machine', async () => {
  const { migration, lines, calls, pieces } = await reserving({ imported: false, missing: [] })
  await reserve.run(migration)
  const { source, sourceHost, id } = migration
  assert.deepEqual(calls[0]?.params, {
    migrationId: id,
    zone: 'web1',
    source: sourceHost.name,
    spec: source.spec,
    configText: source.configText,
  })
  assert.equal(calls[0]?.options?.signal, migration.signal)
  assert.deepEqual(pieces, [])
  assert.deepEqual(lines, ['Using existing zone configuration on destination.', 'Attaching zone.'])
})

test('A file that the target lacks is sent in pieces, of which the last is marked', async () => {
  const { migration, lines, pieces } = await reserving({ imported: true, missing: ['initrd'] })
  await reserve.run(migration)
  assert.equal(lines[0], 'Importing zone configuration on destination.')
  assert.deepEqual(
    pieces.map(({ file, last }) => [file, last]),
    [
      ['initrd', false],
      ['initrd', false],
      ['initrd', true],
    ],
  )
  assert.ok(Buffer.concat(pieces.map(({ data }) => data)).equals(kernel))
})

for (const [what, bytes] of [
  ['exactly one piece', 1024 * 1024],
  ['one byte', 1],
] as const) {
  test(`A file of ${what} is one piece, which is the last`, async () => {
    const { migration, pieces } = await reserving(
      { imported: true, missing: ['kernel'] },
      Buffer.alloc(bytes),
    )
    await reserve.run(migration)
    assert.deepEqual(
      pieces.map(({ data, last }) => [data.length, last]),
      [[bytes, true]],
    )
  })
}

test('Undone, the target is told to give it up', async () => {
  const { migration, calls } = await reserving({ imported: true, missing: [] })
  await reserve.undo?.(migration)
  await reserve.undo?.(migration)
  const params = { migrationId: migration.id, zone: 'web1', knowsOfLoss: false }
  const abort = { name: 'peer/abort', params }
  assert.deepEqual(
    calls.map((call) => ({ name: call.name, params: call.params })),
    [abort, abort],
  )
})
