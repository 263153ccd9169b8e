import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { test } from 'node:test'
import { heard } from '../../../test/fixtures/agent/heard.ts'
import { hostNamed, options, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { attachZone, detachZone } from './attach.ts'
import { bootZone } from './boot.ts'
import { installZone, uninstallZone } from './install.ts'
import { haltZone } from './stop.ts'

/** A boot sector that says which year the clock on the board has, sets it to 2030, and says that it has. */
const setsTheClock = Buffer.alloc(512)
setsTheClock.set([
  ...[0xb0, 0x09, 0xe6, 0x70, 0xe4, 0x71], // al = register 9 of the clock: the year, in BCD
  ...[0x88, 0xc4, 0xc0, 0xe8, 0x04, 0x04, 0x30], // its tens
  ...[0xba, 0xf8, 0x03, 0xee], // to the serial port
  ...[0x88, 0xe0, 0x24, 0x0f, 0x04, 0x30, 0xee], // its ones
  ...[0xb0, 0x09, 0xe6, 0x70, 0xb0, 0x30, 0xe6, 0x71], // register 9 = 30h
  ...[0xb0, 0x21, 0xee], // "!"
  ...[0xf4, 0xeb, 0xfd], // halt
])
setsTheClock.set([0x55, 0xaa], 510)

/** A host with a running zone, whose guest has set its clock. */
async function hostWithSetClock() {
  const alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  await installZone(rig.host, zone, options, still)
  await writeBootSector(disk)
  await bootZone(rig.host, zone, {})
  await heard(rig.layout.zloginSocket('web1'), yearNow)
  return alpha
}

async function writeBootSector(disk: string): Promise<void> {
  await using file = await open(disk, 'r+')
  await file.write(setsTheClock, 0, 512, 0)
}

const yearNow = `${new Date().getUTCFullYear() % 100}!`
/** From now to the same moment in 2030, in seconds. */
const expected = () => (new Date().setUTCFullYear(2030) - Date.now()) / 1000

test('How a guest has set the clock on its board is kept for its next boot, and forgotten with the zone', async () => {
  await using alpha = await hostWithSetClock()
  const { rig, zone } = alpha
  const isNoted = async () => zone.record.timeOffsetSeconds
  const noted = await retryUntil(isNoted, { timeoutMs: 10_000, intervalMs: 20 })
  assert.ok(noted !== undefined && Math.abs(noted - expected()) < 10, `${noted}`)
  await haltZone(rig.host, zone)
  await bootZone(rig.host, zone, {})
  await heard(rig.layout.zloginSocket('web1'), '30!')
  await rig.restart()
  const again = rig.host.registry.get('web1')
  assert.ok(Math.abs((again.record.timeOffsetSeconds ?? 0) - expected()) < 10)
  await haltZone(rig.host, again)
  await uninstallZone(rig.host, again)
  assert.equal(again.record.timeOffsetSeconds, undefined)
})

test('What is set while no zonesd listens is noted by the next one', async () => {
  await using alpha = await hostWithSetClock()
  const { rig, zone } = alpha
  await rig.host.registry.update(zone, { timeOffsetSeconds: undefined })
  await rig.restart()
  const again = rig.host.registry.get('web1')
  const isNoted = async () => again.record.timeOffsetSeconds
  assert.ok((await retryUntil(isNoted, { timeoutMs: 10_000, intervalMs: 20 })) !== undefined)
})

test('It goes with the disk to the host that attaches the zone', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await alpha.rig.host.registry.update(alpha.zone, { timeOffsetSeconds: 7200 })
  await detachZone(alpha.rig.host, alpha.zone)
  await attachZone(beta.rig.host, beta.zone, still)
  assert.equal(beta.zone.record.timeOffsetSeconds, 7200)
  await bootZone(beta.rig.host, beta.zone, {})
  const { spec } = beta.zone.requireRunning('test').machine
  assert.equal(spec.rtcOffsetSeconds, 7200)
})
