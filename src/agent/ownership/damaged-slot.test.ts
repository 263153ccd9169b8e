import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flip, hostNamed, options, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'

test('A flipped bit in the copy that was written last is called damage, not an older state; in the other it is mended', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const boot = () => bootZone(rig.host, zone, {})
  await installZone(rig.host, zone, options, still)
  await boot()
  await haltZone(rig.host, zone)
  assert.equal(zone.record.hostData?.sequence, 3)
  await flip(disk, 300)
  await boot()
  await haltZone(rig.host, zone)
  assert.equal(zone.record.hostData?.sequence, 5)
  await flip(disk, areaBytes / 2 + 300)
  await assert.rejects(boot(), {
    code: 'HOSTDATA_DAMAGED',
    message: /the newest of two copies \(number 5\) is damaged; the other one is of .* \(number 4\)$/,
    remedy: /initialize-hostdata/,
  })
  assert.equal(zone.state, 'unavailable')
  await attachZone(rig.host, zone, still, { initialize: true })
  await boot()
  assert.equal(zone.record.hostData?.sequence, 7)
})
