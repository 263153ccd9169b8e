import assert from 'node:assert/strict'
import { copyFile, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { numbers, onDisks } from '../../../test/fixtures/agent/two-disks.ts'
import {
  damage,
  guestSeesOfEach,
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
import { atOwner } from './at-owner.ts'
import { offerZone } from './hand-over-record.ts'
import { ownerPlaces } from './own.ts'
import { showHostData } from './show-record.ts'
import { claimSoon, lookAtOwner } from './watch-owners.ts'

const mib = 1024 ** 2

test('Every boot device says whose the zone is, its guest sees that of none, and nothing of it is left', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, disk, second } = alpha
  const { host } = rig
  // One is made, and one was there.
  await writeFile(second, Buffer.alloc(4 * mib, 7))
  await installZone(host, zone, options, still)
  assert.deepEqual([(await stat(disk)).size, (await stat(second)).size], [9 * mib, 5 * mib])
  assert.deepEqual(await onDisks(alpha), ['alpha installed 1', 'alpha installed 1'])
  await bootZone(host, zone, {})
  assert.deepEqual(await guestSeesOfEach(zone), [8 * mib, 4 * mib])
  assert.deepEqual(await onDisks(alpha), ['alpha running 1', 'alpha running 1'])
  await haltZone(host, zone)
  assert.deepEqual(await onDisks(alpha), ['alpha installed 1', 'alpha installed 1'])
  const shown = await showHostData(host, { zone: 'web1' })
  assert.deepEqual(
    [shown, ...(shown?.replicas ?? [])].map((area) => [area?.device, area?.copies[0]?.record?.sizeBytes]),
    [
      [0, 8 * mib],
      [1, 4 * mib],
    ],
  )
  await uninstallZone(host, zone)
  assert.ok((await readFile(second)).equals(Buffer.alloc(4 * mib, 7)))
})

test('Erased is what stands on each boot device', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, second } = alpha
  await installZone(rig.host, zone, options, still)
  const places = await ownerPlaces(rig.host, zone)
  const erase = () => atOwner(rig.host, zone, places, 'write', (_, place) => place.erase())
  await rename(second, `${second}.away`)
  const [missed] = await atOwner(rig.host, zone, places, 'write', (found, place) =>
    place.replace({ ...found, sequence: found.sequence + 1 }, found.key),
  )
  assert.equal(missed?.code, 'STORAGE_UNREACHABLE')
  await rename(`${second}.away`, second)
  assert.deepEqual([await erase(), await numbers(alpha)], [[], [undefined, undefined]])
})

test('A host that stops between the lead and another copy has written: the lead holds, and the next write mends it', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  const before = `${alpha.second}.before`
  await copyFile(alpha.second, before)
  await bootZone(alpha.rig.host, alpha.zone, {})
  await copyFile(before, alpha.second)
  assert.deepEqual(await onDisks(alpha), ['alpha running 1', 'alpha installed 1'])
  await assert.rejects(attachZone(beta.rig.host, beta.zone, still), {
    code: 'ZONE_IN_USE',
    message: /last known state: running/,
  })
  await haltZone(alpha.rig.host, alpha.zone)
  assert.deepEqual(await numbers(alpha), [3, 3])
  await copyFile(before, alpha.second)
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'beta installed 2'])
  assert.deepEqual(beta.zone.record.hostData, {
    device: 0,
    sizeBytes: 8 * mib,
    generation: 2,
    sequence: 5,
    replicas: [{ device: 1, sizeBytes: 4 * mib }],
  })
})

test('A zone that has come here is claimed on the lead at once, and on a disk that was away when it is back', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  await offerZone(alpha.rig.host, alpha.zone, 'ticket-1', { id: ids.beta, name: 'beta' })
  const { uuid, hostData } = alpha.zone.record
  const arrived = { state: 'installed', uuid, hostData, unclaimed: true, arrival: 'ticket-1' } as const
  await beta.rig.host.registry.update(beta.zone, arrived)
  await rename(beta.second, `${beta.second}.away`)
  await claimSoon(beta.rig.host, beta.zone)
  await assert.rejects(lookAtOwner(beta.rig.host, beta.zone), { code: 'STORAGE_UNREACHABLE' })
  assert.equal(beta.zone.record.unclaimed, true)
  await rename(`${beta.second}.away`, beta.second)
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'alpha installed 1'])
  await lookAtOwner(beta.rig.host, beta.zone)
  assert.equal(beta.zone.record.unclaimed, undefined)
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'beta installed 2'])
})

test('What cannot be written beside the lead keeps nobody from halting and detaching, but from offering and booting', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, second } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  await bootZone(host, zone, {})
  await rename(second, `${second}.away`)
  await assert.rejects(offerZone(host, zone, 'ticket', { id: ids.beta, name: 'beta' }), {
    code: 'STORAGE_UNREACHABLE',
    message: /second/,
  })
  await haltZone(host, zone)
  assert.ok(rig.logged.some((line) => /a copy of its host data was not written: .*second/.test(line)))
  await assert.rejects(bootZone(host, zone, {}), /second/)
  assert.equal(zone.state, 'installed')
  await detachZone(host, zone)
  assert.equal(zone.record.unclaimed, undefined)
  await rename(`${second}.away`, second)
  assert.deepEqual(await onDisks(alpha), ['alpha detached 1', 'alpha running 1'])
  await attachZone(host, zone, still)
  assert.deepEqual(await onDisks(alpha), ['alpha installed 1', 'alpha installed 1'])
})

test('Of two hosts that attach at the same moment one has the zone, and every disk says so', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  await detachZone(alpha.rig.host, alpha.zone)
  const outcomes = await Promise.allSettled(
    [alpha, beta].map(({ rig, zone }) => attachZone(rig.host, zone, still)),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  const winner = alpha.zone.state === 'installed' ? alpha : beta
  for (const words of await onDisks(winner))
    assert.match(words ?? '', new RegExp(winner.rig.host.identity.name))
})

test('What the host that lost has written last on another disk is written anew by the one that has the zone', async () => {
  await using hosts = await twoHosts(pairConfig)
  const { alpha, beta } = hosts
  const before = `${alpha.second}.before`
  await copyFile(alpha.second, before)
  const attaching = attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  while ((await numbers(beta))[1] === 1) await sleep(5)
  await copyFile(before, beta.second)
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'alpha installed 1'])
  await attaching
  assert.deepEqual(await onDisks(beta), ['beta installed 2', 'beta installed 2'])
})

test('A boot device that was made larger keeps its copy, and the guest has the room from the next boot on', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone, second } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  await truncate(second, 10 * mib)
  await bootZone(host, zone, {})
  assert.deepEqual(await guestSeesOfEach(zone), [8 * mib, 9 * mib])
  assert.deepEqual(zone.record.hostData?.replicas, [{ device: 1, sizeBytes: 9 * mib }])
  assert.ok((await readFile(second)).subarray(4 * mib, 5 * mib).every((byte) => byte === 0))
  await haltZone(host, zone)
  assert.deepEqual(await onDisks(alpha), ['alpha installed 1', 'alpha installed 1'])
})

test('A zone of before goes on with one copy, until the operator begins host data anew', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, second } = alpha
  const { host } = rig
  await writeFile(second, Buffer.alloc(4 * mib, 7))
  await installZone(host, zone, options, still)
  await host.registry.saveConfig('web1', pairConfig)
  await bootZone(host, zone, {})
  assert.deepEqual(await guestSeesOfEach(zone), [8 * mib, 4 * mib])
  await haltZone(host, zone)
  await detachZone(host, zone)
  await attachZone(host, zone, still)
  assert.ok((await readFile(second)).equals(Buffer.alloc(4 * mib, 7)))
  await detachZone(host, zone)
  await attachZone(host, zone, still, { initialize: true })
  assert.deepEqual(await onDisks(alpha), ['alpha installed 2', 'alpha installed 2'])
  await bootZone(host, zone, {})
  assert.deepEqual(await guestSeesOfEach(zone), [8 * mib, 4 * mib])
  await haltZone(host, zone)
  await damage(second)
  await damage(alpha.disk)
  await assert.rejects(bootZone(host, zone, {}), { code: 'HOSTDATA_DAMAGED' })
  await attachZone(host, zone, still, { initialize: true })
  assert.equal((await stat(second)).size, 5 * mib, 'it has the room already')
  assert.deepEqual(await onDisks(alpha), ['alpha installed 3', 'alpha installed 3'])
})
