import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { ZoneError } from '../../errors.ts'
import { cleanUp } from './clean-up.ts'

test('At the end the source gives the zone up, and the target is not asked again', async () => {
  const { qmp } = await scriptedQmp()
  const { peer, names } = scriptedPeer({})
  let given = 0
  const giveUp = async () => {
    given += 1
  }
  const { migration, lines } = liveMigration(peer, qmp, { handedOver: true }, { giveUp })
  await cleanUp.run(migration)
  assert.equal(given, 1)
  assert.deepEqual(names(), [])
  assert.deepEqual(lines, ['Migration successful.', 'Halting and detaching zone on source host.'])
})

test('A migration after which something is wrong with the guest is not called successful: what it is is named', async () => {
  const { qmp } = await scriptedQmp()
  const { peer } = scriptedPeer({})
  const faults = ['its processors stand still', 'its disk disk0 has failed (nospace)']
  const change = { handedOver: true, faults }
  const { migration, lines } = liveMigration(peer, qmp, change, { giveUp: async () => undefined })
  await cleanUp.run(migration)
  assert.deepEqual(lines, [
    'Migration done, but something may be wrong with the zone there: its processors stand still; its disk disk0 has failed (nospace).',
    'Halting and detaching zone on source host.',
  ])
})

test('A migration that has cost the guest is not called successful', async () => {
  const { qmp } = await scriptedQmp()
  const { peer } = scriptedPeer({})
  const guestLost = new ZoneError('its guest is lost', { code: 'GUEST_LOST' })
  const { migration, lines } = liveMigration(
    peer,
    qmp,
    { handedOver: true, guestLost },
    { giveUp: async () => undefined },
  )
  await cleanUp.run(migration)
  assert.deepEqual(lines, ['Halting and detaching zone on source host.'])
})
