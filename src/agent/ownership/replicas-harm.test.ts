import assert from 'node:assert/strict'
import { copyFile, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { numbers, onDisks } from '../../../test/fixtures/agent/two-disks.ts'
import {
  blank,
  damage,
  hostNamed,
  ids,
  options,
  pairConfig,
  still,
  twoHosts,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { offerZone } from './hand-over-record.ts'
import { lookAtOwner } from './watch-owners.ts'

test('A lead that was set back is found out, also by a host that never saw the zone', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  const before = `${alpha.disk}.before`
  await detachZone(alpha.rig.host, alpha.zone)
  await copyFile(alpha.disk, before)
  await attachZone(alpha.rig.host, alpha.zone, still)
  await copyFile(before, alpha.disk)
  for (const takeover of [false, true]) {
    await assert.rejects(attachZone(beta.rig.host, beta.zone, still, { takeover }), {
      code: 'HOSTDATA_OLD',
      message: /"file:\/\/\/second" has number 4/,
    })
  }
  await assert.rejects(bootZone(alpha.rig.host, alpha.zone, {}), { code: 'HOSTDATA_OLD' })
  assert.equal(alpha.zone.state, 'unavailable')
  assert.deepEqual(await numbers(alpha), [2, 4], 'nothing was written')
})

test('Where the lead is damaged the others name the owner, and whoever may have the zone mends it', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  await damage(alpha.disk)
  await assert.rejects(attachZone(beta.rig.host, beta.zone, still), {
    code: 'ZONE_IN_USE',
    message: /in use by host alpha/,
  })
  await bootZone(alpha.rig.host, alpha.zone, {})
  assert.deepEqual(await onDisks(alpha), ['alpha running 1', 'alpha running 1'])
  await damage(alpha.disk)
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'beta installed 2'])
  await damage(alpha.disk)
  await lookAtOwner(alpha.rig.host, alpha.zone)
  assert.deepEqual([alpha.zone.state, alpha.zone.running], ['unavailable', undefined])
})

test('With the lead damaged, an older copy than was seen is not taken for the newest', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, disk, second } = alpha
  await installZone(rig.host, zone, options, still)
  const before = `${second}.before`
  await copyFile(second, before)
  await bootZone(rig.host, zone, {})
  await haltZone(rig.host, zone)
  await copyFile(before, second)
  await damage(disk)
  await assert.rejects(bootZone(rig.host, zone, {}), { code: 'HOSTDATA_OLD', message: /number 3 was seen/ })
})

for (const which of ['disk', 'second'] as const) {
  test(`A boot device (${which}) without host data is not written over at boot; attach begins them anew`, async () => {
    await using alpha = await hostNamed('alpha', pairConfig)
    const { rig, zone } = alpha
    await installZone(rig.host, zone, options, still)
    await blank(alpha[which])
    await assert.rejects(bootZone(rig.host, zone, {}), { code: 'HOSTDATA_MISSING', remedy: /web1 attach/ })
    assert.deepEqual(await numbers(alpha), which === 'disk' ? [undefined, 1] : [1, undefined])
    assert.equal(zone.state, 'unavailable')
    await attachZone(rig.host, zone, still)
    assert.deepEqual(await onDisks(alpha), ['alpha installed 1', 'alpha installed 1'])
    await bootZone(rig.host, zone, {})
  })

  test(`A disk of something else in the place of a boot device (${which}) is refused, and stays as it is`, async () => {
    await using alpha = await hostNamed('alpha', pairConfig)
    const { rig, zone } = alpha
    const { host } = rig
    await installZone(host, zone, options, still)
    const { size } = await stat(alpha[which])
    const other = Buffer.alloc(size, 7)
    await writeFile(alpha[which], other)
    await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_DAMAGED' })
    await assert.rejects(attachZone(host, zone, still), { code: 'HOSTDATA_DAMAGED' })
    await host.registry.update(zone, { state: 'installed' })
    await assert.rejects(offerZone(host, zone, 'ticket', { id: ids.beta, name: 'beta' }), {
      code: 'HOSTDATA_DAMAGED',
    })
    assert.ok((await readFile(alpha[which])).equals(other))
    const whole = which === 'disk' ? [undefined, 1] : [1, undefined]
    assert.deepEqual(await numbers(alpha), whole, 'the other one was not written either')
    await uninstallZone(host, zone)
  })
}

test('Disks that were exchanged are named: of two devices, and of two zones', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, disk, second } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const other = await host.registry.saveConfig(
    'web2',
    pairConfig.replace('///disk', '///disk2').replace('///second', '///second2'),
  )
  await installZone(host, other, { ...options, zone: 'web2' }, still)
  const exchange = async (one: string, two: string) => {
    await rename(one, `${one}.x`)
    await rename(two, one)
    await rename(`${one}.x`, two)
  }
  await exchange(disk, second)
  await assert.rejects(bootZone(host, zone, {}), {
    code: 'HOSTDATA_SWAPPED',
    message: /those of device [01] of zone 'web1'/,
    remedy: /zonecfg -z web1 info device/,
  })
  await assert.rejects(attachZone(host, zone, still), { code: 'HOSTDATA_SWAPPED' })
  await exchange(disk, second)
  await attachZone(host, zone, still)
  await exchange(second, join(rig.layout.root, 'second2'))
  await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_OTHER', message: /"file:\/\/\/second"/ })
  await assert.rejects(bootZone(host, other, {}), { code: 'HOSTDATA_OTHER' })
  await exchange(second, join(rig.layout.root, 'second2'))
  await attachZone(host, zone, still)
  await bootZone(host, zone, {})
})

test('The second disk of another zone does not speak for the zone of the first', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  // It has the higher number, and its key is the same.
  for (const _ of [1, 2]) {
    await detachZone(alpha.rig.host, alpha.zone)
    await attachZone(alpha.rig.host, alpha.zone, still)
  }
  await using other = await hostNamed('alpha')
  await other.rig.host.registry.update(other.zone, {})
  await copyFile(alpha.rig.layout.key('web1'), other.rig.layout.key('web1'))
  await installZone(other.rig.host, other.zone, options, still)
  await detachZone(other.rig.host, other.zone)
  await rename(beta.disk, `${beta.disk}.x`)
  await copyFile(other.disk, beta.disk)
  const before = await readFile(beta.second)
  await attachZone(beta.rig.host, beta.zone, still)
  assert.equal(beta.zone.record.uuid, other.zone.record.uuid)
  assert.ok((await readFile(beta.second)).equals(before), 'it has no copy there')
})

test('Without its lead in the configuration nobody knows whether a copy is the last word', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const without = pairConfig.replace(/add device\nset id=0[^]*?end\n/, '')
  await host.registry.saveConfig('web1', without)
  await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_MISSING', message: /device 0/ })
  await assert.rejects(attachZone(host, zone, still), { code: 'HOSTDATA_MISSING', message: /device 0/ })
  await host.registry.saveConfig('web1', pairConfig)
  await attachZone(host, zone, still)
})
