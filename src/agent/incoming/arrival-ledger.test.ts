import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../../util/host-layout.ts'
import { acknowledgeArrival, hasArrived, noteArrival, pruneArrivals } from './arrival-ledger.ts'

const day = 24 * 3600 * 1000

test('A note goes when it was acknowledged more than 30 days ago, and not before', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  assert.equal(await pruneArrivals(layout), 0, 'there is no ledger yet')
  for (const id of ['heard', 'unheard']) await noteArrival(layout, id)
  await acknowledgeArrival(layout, 'heard')
  await acknowledgeArrival(layout, 'heard')
  const now = Date.now()
  assert.equal(await pruneArrivals(layout, now + 29 * day), 0)
  assert.equal(await hasArrived(layout, 'heard'), true)
  assert.equal(await pruneArrivals(layout, now + 31 * day), 1)
  assert.deepEqual([await hasArrived(layout, 'heard'), await hasArrived(layout, 'unheard')], [false, true])
})

test('A note that nobody has acknowledged stays, however old', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  await noteArrival(layout, 'old')
  await utimes(join(layout.stateFolder, '.arrivals/old'), 0, 0)
  assert.equal(await pruneArrivals(layout), 0)
  assert.equal(await hasArrived(layout, 'old'), true)
})

test('What has not arrived cannot be acknowledged', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  await acknowledgeArrival(layout, 'never')
  assert.equal(await hasArrived(layout, 'never'), false)
})
