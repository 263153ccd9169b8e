import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownerOf, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'

test('Of two hosts that attach a detached zone at the same moment one has it, and the other is told which', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await detachZone(alpha.rig.host, alpha.zone)
  const both = [alpha, beta].map(({ rig, zone }) => attachZone(rig.host, zone, still))
  const outcomes = await Promise.allSettled(both)
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
  )
  const states = [alpha.zone.state, beta.zone.state]
  assert.deepEqual([states.toSorted(), refusals], [['configured', 'installed'], ['ZONE_IN_USE']])
  const winner = alpha.zone.state === 'installed' ? alpha : beta
  assert.equal((await ownerOf(winner))[0], winner.rig.host.identity.name)
})
