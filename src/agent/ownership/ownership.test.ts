import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  blank,
  damage,
  guestSees,
  hostNamed,
  ids,
  options,
  ownerOf,
  still,
  twoHosts,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { offerZone, retakeZone, withdrawZone } from './hand-over-record.ts'
import { readOwner } from './own.ts'
import { claimSoon, lookAtOwner } from './watch-owners.ts'

const mib = 1024 ** 2

test('A zone that is installed has its owner on its disk, and its guest sees none of it', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  await installZone(rig.host, zone, options, still)
  assert.equal((await stat(disk)).size, 9 * mib)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  await bootZone(rig.host, zone, {})
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'running', 1])
  assert.equal(await guestSees(zone), 8 * mib)
  await haltZone(rig.host, zone)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  await uninstallZone(rig.host, zone)
  assert.deepEqual([existsSync(disk), zone.record.hostData], [false, undefined])
})

test('Another host is told who has it, in Solaris’s words, until that host has detached it', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await assert.rejects(attachZone(beta.rig.host, beta.zone, still), {
    code: 'ZONE_IN_USE',
    message: /is in use by host alpha\n\s+last known state: installed\n\s+host id: 848611d4/,
    remedy: /attach -x force-takeover/,
  })
  assert.equal(beta.zone.state, 'configured')
  await detachZone(alpha.rig.host, alpha.zone)
  await attachZone(beta.rig.host, beta.zone, still)
  assert.equal(beta.zone.record.uuid, alpha.zone.record.uuid)
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  await assert.rejects(attachZone(alpha.rig.host, alpha.zone, still), { code: 'ZONE_IN_USE' })
})

test('After a takeover by force the old owner cannot boot it, and a machine that it still has is ended', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await bootZone(alpha.rig.host, alpha.zone, {})
  await lookAtOwner(alpha.rig.host, alpha.zone)
  assert.equal(alpha.zone.state, 'running')
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  await lookAtOwner(alpha.rig.host, alpha.zone)
  assert.deepEqual([alpha.zone.state, alpha.zone.running], ['unavailable', undefined])
  assert.match(alpha.zone.reason ?? '', /is in use by host beta/)
  await alpha.rig.host.registry.update(alpha.zone, { state: 'installed' })
  await assert.rejects(bootZone(alpha.rig.host, alpha.zone, {}), { code: 'ZONE_IN_USE' })
  assert.equal(alpha.zone.state, 'unavailable')
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2], 'who may not boot writes nothing')
})

test('A zone that was taken over while its host was down is unavailable there from the first look on', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  const look = () => lookAtOwner(alpha.rig.host, alpha.zone, { resting: true })
  await look()
  assert.equal(alpha.zone.state, 'installed')
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  await lookAtOwner(alpha.rig.host, alpha.zone)
  assert.equal(alpha.zone.state, 'installed', 'later it is looked at when it is booted')
  await look()
  assert.equal(alpha.zone.state, 'unavailable')
  assert.match(alpha.zone.reason ?? '', /is in use by host beta/)
})

test('What a running guest has set its clock to is on its disk at the next look, once', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone } = alpha
  await installZone(rig.host, zone, options, still)
  await bootZone(rig.host, zone, {})
  const look = async () => {
    await lookAtOwner(rig.host, zone)
    return readOwner(rig.host, zone)
  }
  assert.equal((await look())?.timeOffsetSeconds, undefined)
  await rig.host.registry.update(zone, { timeOffsetSeconds: 7200 })
  const noted = await look()
  assert.deepEqual([noted?.timeOffsetSeconds, noted?.state], [7200, 'running'])
  assert.deepEqual(await look(), noted)
})

test('A migration offers the zone; only the host that it came to with that ticket takes it', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  const to = { id: ids.beta, name: 'beta' }
  await offerZone(alpha.rig.host, alpha.zone, 'ticket-1', to)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1, 'beta'])
  const { uuid, hostData } = alpha.zone.record
  const arrived = { state: 'installed', uuid, hostData, unclaimed: true } as const
  await beta.rig.host.registry.update(beta.zone, { ...arrived, arrival: 'another' })
  await lookAtOwner(beta.rig.host, beta.zone)
  assert.equal(beta.zone.state, 'unavailable')
  await beta.rig.host.registry.update(beta.zone, { ...arrived, arrival: 'ticket-1', reason: undefined })
  await claimSoon(beta.rig.host, beta.zone)
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  assert.equal(beta.zone.record.unclaimed, undefined)
  await assert.rejects(bootZone(alpha.rig.host, alpha.zone, {}), { code: 'ZONE_IN_USE' })
})

test('An offer is taken back; one that stands keeps the old host from attaching without a takeover', async () => {
  await using hosts = await twoHosts()
  const { alpha } = hosts
  const { host } = alpha.rig
  await offerZone(host, alpha.zone, 'ticket-1', { id: ids.beta, name: 'beta' })
  await withdrawZone(host, alpha.zone)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  await offerZone(host, alpha.zone, 'ticket-2', { id: ids.beta, name: 'beta' })
  await host.registry.update(alpha.zone, { state: 'configured', movedTo: 'ssh://beta' })
  await assert.rejects(attachZone(host, alpha.zone, still, { force: true }), {
    code: 'ZONE_IN_USE',
    message: /on its way to: beta/,
  })
  await attachZone(host, alpha.zone, still, { takeover: true })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
})

test('A zone is taken back from the host that gives it up, and not from a third one that took it over meanwhile', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  for (const other of ['gamma', undefined]) {
    await retakeZone(alpha.rig.host, alpha.zone, other)
    assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  }
  await retakeZone(alpha.rig.host, alpha.zone, ids.beta)
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 3])
})

test('Of two hosts that boot by one offer at the same moment one runs the zone, and the other is told which', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await offerZone(alpha.rig.host, alpha.zone, 'ticket-1', { id: ids.beta, name: 'beta' })
  const { uuid, hostData } = alpha.zone.record
  await beta.rig.host.registry.update(beta.zone, { state: 'installed', uuid, hostData, arrival: 'ticket-1' })
  const boots = [alpha, beta].map(({ rig, zone }) => bootZone(rig.host, zone, {}))
  const [refused, ...more] = (await Promise.allSettled(boots)).flatMap((boot) =>
    boot.status === 'rejected' ? [boot.reason] : [],
  )
  assert.deepEqual([refused?.code, more], ['ZONE_IN_USE', []], refused?.message)
  assert.deepEqual([alpha, beta].map(({ zone }) => zone.state).toSorted(), ['running', 'unavailable'])
})

test('Without the key, or with another, nothing is attached and nothing written', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await detachZone(alpha.rig.host, alpha.zone)
  const key = beta.rig.layout.key('web1')
  await rm(key)
  await assert.rejects(attachZone(beta.rig.host, beta.zone, still), { code: 'KEY_MISSING' })
  await writeFile(key, `${'ab'.repeat(32)}\n`)
  await assert.rejects(attachZone(beta.rig.host, beta.zone, still), {
    code: 'KEY_WRONG',
    message: /Encryption key is incorrect/,
    remedy: new RegExp(`Put the key with which they were sealed into ${key}, `),
  })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'detached', 1])
})

test('What is damaged, gone, or put back is told, and the zone is unavailable until the operator begins anew', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const whole = `${disk}.whole`
  await copyFile(disk, whole)
  await bootZone(host, zone, {})
  await haltZone(host, zone)
  const newest = `${disk}.newest`
  await copyFile(disk, newest)
  const harm: Readonly<Record<string, () => Promise<void>>> = {
    HOSTDATA_DAMAGED: () => damage(disk),
    HOSTDATA_MISSING: () => blank(disk),
    HOSTDATA_OLD: () => copyFile(whole, disk),
  }
  for (const [code, befall] of Object.entries(harm)) {
    await befall()
    await assert.rejects(bootZone(host, zone, {}), { code, remedy: /initialize-hostdata/ })
    assert.equal(zone.state, 'unavailable')
    await copyFile(newest, disk)
    await truncate(disk, 9 * mib)
    await attachZone(host, zone, still)
    assert.equal(zone.state, 'installed')
    await copyFile(disk, newest)
  }
  await damage(disk)
  await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_DAMAGED' })
  await assert.rejects(attachZone(host, zone, still), { code: 'HOSTDATA_MISSING' })
  await attachZone(host, zone, still, { initialize: true })
  const [name, state] = await ownerOf(alpha)
  assert.deepEqual([name, state], ['alpha', 'installed'])
})

test('A disk of before gets room behind what is on it, and nothing of that is changed', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const content = Buffer.alloc(3 * mib + 512, 7)
  await writeFile(disk, content)
  await attachZone(rig.host, zone, still)
  const now = await readFile(disk)
  assert.equal(now.length, content.length + areaBytes)
  assert.ok(now.subarray(0, content.length).equals(content))
  assert.equal(zone.record.hostData?.sizeBytes, content.length)
  await bootZone(rig.host, zone, {})
  await endRunning(rig.host, zone)
  await uninstallZone(rig.host, zone)
  assert.equal((await stat(disk)).size, content.length, 'uninstalled, it has the size that it had')
})

test('The disk of another zone is not installed over without the operator’s word', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await assert.rejects(installZone(beta.rig.host, beta.zone, options, still), { code: 'HOSTDATA_OTHER' })
  assert.equal(beta.zone.state, 'configured')
  const install = () => installZone(beta.rig.host, beta.zone, { ...options, initialize: true }, still)
  await assert.rejects(install(), { code: 'ZONE_IN_USE' })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  await detachZone(alpha.rig.host, alpha.zone)
  await install()
  assert.equal((await ownerOf(beta))[0], 'beta')
  assert.equal(beta.zone.record.hostData?.sizeBytes, 8 * mib)
})

test('A detachment that was interrupted leaves the zone with its host', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone } = alpha
  await installZone(rig.host, zone, options, still)
  await detachZone(rig.host, zone)
  await rig.host.registry.update(zone, { state: 'installed' })
  await bootZone(rig.host, zone, {})
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'running', 1])
})
