import assert from 'node:assert/strict'
import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { guestSees, hostNamed, options, ownerOf, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes, lookAtArea } from '../../hostdata/owner-record/area.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { showHostData } from './show-record.ts'
import { lookAtOwner } from './watch-owners.ts'

const mib = 1024 ** 2

test('Storage that was made larger keeps its host data, and the next boot gives the room to the guest', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  await bootZone(host, zone, {})
  await truncate(disk, 20 * mib)
  await lookAtOwner(host, zone)
  assert.equal(zone.state, 'running')
  const shown = await showHostData(host, { zone: 'web1' })
  assert.deepEqual([shown?.status, shown?.copies[0]?.record?.state], ['host data', 'running'])
  await haltZone(host, zone)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  assert.equal(zone.record.hostData?.sizeBytes, 8 * mib, 'only a boot gives it more')
  const now = await readFile(disk)
  assert.equal(lookAtArea(now.subarray(8 * mib, 9 * mib)).status, 'blank', 'the guest finds nothing there')
  assert.equal(lookAtArea(now.subarray(19 * mib)).status, 'host data')
  await bootZone(host, zone, {})
  assert.equal(await guestSees(zone), 19 * mib)
  await haltZone(host, zone)
  await uninstallZone(host, zone)
})

test('Storage that was made larger by less than the host data take is no harm, and uninstalled nothing is left', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const { host } = rig
  await writeFile(disk, Buffer.alloc(8 * mib, 7))
  await attachZone(host, zone, still)
  for (const more of [512, 4096, 512 * 1024, mib - 512]) {
    const { size } = await stat(disk)
    await truncate(disk, size + more)
    await bootZone(host, zone, {})
    assert.equal(await guestSees(zone), size + more - areaBytes)
    await haltZone(host, zone)
  }
  const { size } = await stat(disk)
  await truncate(disk, size + mib)
  await uninstallZone(host, zone)
  const left = await readFile(disk)
  assert.deepEqual(
    [left.length, left.subarray(8 * mib).every((byte) => byte === 0)],
    [size - areaBytes, true],
  )
})

test('Storage that was made smaller is told as that, with both sizes, at boot and at attach', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const whole = await readFile(disk)
  const refusal = {
    code: 'HOSTDATA_SHRUNK',
    message: /has become smaller, or is another disk: it has \d+ bytes, and had at least 9437184/,
    remedy: /Make it as large again.*attach -x initialize-hostdata/,
  }
  for (const bytes of [8 * mib, 8 * mib + 512 * 1024, 4 * mib + 512, 9 * mib - 1, 512, 0]) {
    await truncate(disk, bytes)
    await assert.rejects(bootZone(host, zone, {}), refusal, `boot with ${bytes} bytes`)
    assert.equal(zone.state, 'unavailable')
    if (bytes > 0) await assert.rejects(attachZone(host, zone, still), refusal, `attach with ${bytes} bytes`)
    await writeFile(disk, whole)
    await attachZone(host, zone, still)
    assert.equal(zone.state, 'installed')
    // What the last boot and attachment wrote is the newest.
    whole.set(await readFile(disk))
  }
  await truncate(disk, 4 * mib)
  await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_SHRUNK' })
  await attachZone(host, zone, still, { initialize: true })
  assert.equal(zone.record.hostData?.sizeBytes, 4 * mib)
})
