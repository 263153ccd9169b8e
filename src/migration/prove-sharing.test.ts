import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedPeer } from '../../test/fixtures/peer/scripted-peer.ts'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { isKnown } from '../facts/schema.ts'
import { IscsiSession } from '../storage/iscsi-session.ts'
import { placeMark, seesMark } from '../storage/mark.ts'
import { readKeys } from '../storage/registration-keys.ts'
import { proveSharing } from './prove-sharing.ts'

const never = new AbortController().signal
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
const source = {
  placeMark: (uri: string, mark: Buffer, signal: AbortSignal) => placeMark(uri, context, mark, signal),
}

test('A mark on a real logical unit is seen on that one and on no other, and is taken back', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const sizeBytes = 1024 ** 2
  const one = await lab.storage.createLun({ name: 'one', sizeBytes })
  const other = await lab.storage.createLun({ name: 'other', sizeBytes })
  const asked: { uri: string; mark: string }[] = []
  const { peer } = scriptedPeer({
    'peer/sees': ({ marks }) => {
      asked.push(...marks)
      return { seen: marks.map(({ uri }) => ({ uri, mark: 'seen' })) }
    },
  })
  // The peer's script answers at once; what it would have seen is looked up while the marks are there.
  const looking = {
    ...peer,
    async call(name: 'peer/sees', params: { marks: { uri: string; mark: string }[] }) {
      const [placed] = params.marks
      assert.ok(placed !== undefined)
      const mark = Buffer.from(placed.mark, 'hex')
      assert.equal(await seesMark(one.suri, context, mark, never), true)
      assert.equal(await seesMark(other.suri, context, mark, never), false)
      return await peer.call(name, params)
    },
  } as typeof peer
  const sharing = await proveSharing(source, looking, [one.suri], never)
  assert.deepEqual(sharing, { known: [{ uri: one.suri, mark: 'seen' }] })
  assert.equal(asked.length, 1)
  const { address: host, port } = lab.storage
  await using session = await IscsiSession.open({ host, port, target: one.iqn, lun: 1, ...context }, never)
  assert.deepEqual(await readKeys(session), [])
})

test('Storage without a place for marks, and storage that cannot be reached, is untried; nobody is asked', async () => {
  const { peer, names } = scriptedPeer({})
  const storage = ['file:///srv/disk', 'iscsi://127.0.0.1:1/target.iqn.2026-11.example:web1,lun.1']
  const sharing = await proveSharing(source, peer, storage, never)
  assert.ok(isKnown(sharing))
  assert.deepEqual(
    sharing.known.map(({ mark }) => mark),
    ['untried', 'untried'],
  )
  assert.deepEqual(names(), [])
})

test('If the target does not answer, it is not known, and the marks are taken back', async () => {
  let taken = 0
  const here = {
    placeMark: async () => ({
      async [Symbol.asyncDispose]() {
        taken += 1
      },
    }),
  }
  const { peer } = scriptedPeer({
    'peer/sees': () => {
      throw new Error('an older release')
    },
  })
  const sharing = await proveSharing(here, peer, ['iscsi://a', 'iscsi://b'], never)
  assert.deepEqual(sharing, { unknown: 'the target did not look for the marks: an older release' })
  assert.equal(taken, 2)
})
