import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { link, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { mock, test } from 'node:test'
import {
  config,
  imageOf,
  ownerOf,
  still,
  twoHosts,
  twoHostsAndAnImage,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { writeOwner } from '../ownership/own.ts'
import { attachZone, detachZone } from './attach.ts'
import { bootOrResume, discardImage } from './boot-or-resume.ts'
import { recoverSuspension } from './recover-suspension.ts'
import { suspendZone } from './suspend.ts'

const calm = { signal: still, progress: () => undefined }
const plain = { bootargs: undefined, discard: false }

test('A suspended zone that is taken over goes on at the other host, from the image that its record names', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, linkImage, lines, takeOver } = hosts
  await linkImage()
  await takeOver()
  assert.match(lines.join('\n'), /suspended to "\/image"; its guest goes on/)
  assert.deepEqual([beta.zone.state, beta.zone.auxiliary], ['installed', ['suspended']])
  assert.deepEqual(await ownerOf(beta), ['beta', 'suspended', 2])
  assert.deepEqual(await imageOf(beta), { id: alpha.zone.record.suspended?.imageId, place: '/image' })
  await bootOrResume(beta.rig.host, beta.zone, plain, calm)
  assert.deepEqual([beta.zone.state, beta.zone.auxiliary], ['running', []])
  assert.deepEqual([await ownerOf(beta), await imageOf(beta)], [['beta', 'running', 2], undefined])
})

test('If its image is not there, it is not taken over unless its guest is given up', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, image, lines, takeOver } = hosts
  await assert.rejects(takeOver(), {
    code: 'IMAGE_MISSING',
    message: /alpha has suspended it to "\/image", from where it cannot go on here/,
    remedy: /zoneadm -z web1 attach -x force-takeover --discard/,
  })
  assert.equal(beta.zone.state, 'configured')
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'suspended', 1])
  await takeOver(true)
  assert.match(lines.join('\n'), /suspended to "\/image" is given up/)
  assert.deepEqual([beta.zone.auxiliary, await ownerOf(beta)], [[], ['beta', 'installed', 2]])
  await discardImage(alpha.rig.host, alpha.zone)
  assert.ok(existsSync(image), 'the old owner removes nothing that the new one could be reading')
})

test('The host that comes back after its suspended guest went on elsewhere says who has the zone, and nothing of the image', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, image, imageOnBeta, takeOver } = hosts
  await link(image, imageOnBeta)
  await takeOver()
  await bootOrResume(beta.rig.host, beta.zone, plain, calm)
  await rm(image)
  await assert.rejects(bootOrResume(alpha.rig.host, alpha.zone, plain, calm), {
    code: 'ZONE_IN_USE',
    message: /is in use by host beta\n +last known state: running/,
  })
  assert.deepEqual([alpha.zone.state, alpha.zone.running], ['unavailable', undefined])
  assert.match(alpha.zone.reason ?? '', /is in use by host beta/)
})

for (const [words, isAway] of [
  ['its boot device says so', false],
  ['its boot device is away', true],
] as const) {
  test(`A host that died in a suspension leaves the image alone that another one has put in its place: ${words}`, async () => {
    await using hosts = await twoHostsAndAnImage()
    const { alpha, beta, image, imageOnBeta, takeOver } = hosts
    const { suspended } = alpha.zone.record
    assert.ok(suspended !== undefined)
    await alpha.rig.host.registry.update(alpha.zone, { suspended: { ...suspended, phase: 'writing' } })
    await takeOver(true)
    await bootOrResume(beta.rig.host, beta.zone, plain, calm)
    await suspendZone(beta.rig.host, beta.zone, calm)
    await rm(image)
    await link(imageOnBeta, image)
    const before = await readFile(image)
    if (isAway) await rename(alpha.disk, `${alpha.disk}.away`)
    await recoverSuspension(alpha.rig.host, alpha.zone)
    if (isAway) await rename(`${alpha.disk}.away`, alpha.disk)
    assert.deepEqual(alpha.zone.auxiliary, [])
    assert.ok(before.equals(await readFile(image)))
    await bootOrResume(beta.rig.host, beta.zone, plain, calm)
    assert.equal(beta.zone.state, 'running')
  })
}

test('Given up while its boot device is away, a guest leaves its image: another host may go on from it', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, image } = hosts
  await rename(alpha.disk, `${alpha.disk}.away`)
  await discardImage(alpha.rig.host, alpha.zone)
  assert.deepEqual(alpha.zone.auxiliary, [])
  assert.ok(existsSync(image))
  assert.match(alpha.rig.logged.join('\n'), /stays: it is not known who has the zone/)
})

test('A guest that was suspended here is given up when its disk was used by another host meanwhile', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, takeOver } = hosts
  await takeOver(true)
  await detachZone(beta.rig.host, beta.zone)
  await alpha.rig.host.registry.update(alpha.zone, { state: 'unavailable' })
  assert.ok(alpha.zone.isSuspended)
  await attachZone(alpha.rig.host, alpha.zone, still)
  assert.deepEqual([alpha.zone.auxiliary, await ownerOf(alpha)], [[], ['alpha', 'installed', 3]])
})

test('A zone that is attached again where it was suspended stays suspended, and its record says so', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha } = hosts
  await alpha.rig.host.registry.update(alpha.zone, { state: 'unavailable' })
  await attachZone(alpha.rig.host, alpha.zone, still)
  assert.deepEqual([alpha.zone.auxiliary, await ownerOf(alpha)], [['suspended'], ['alpha', 'suspended', 1]])
  assert.equal((await imageOf(alpha))?.place, '/image')
})

test('With --discard a guest is given up also if the record does not name it', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, lines } = hosts
  const { host } = alpha.rig
  // As after a suspension whose record could not be written any more.
  await writeOwner(host, alpha.zone, { state: 'installed' })
  await host.registry.update(alpha.zone, { state: 'unavailable' })
  await attachZone(host, alpha.zone, still, { discard: true, warn: (line) => void lines.push(line) })
  assert.deepEqual([alpha.zone.auxiliary, (await ownerOf(alpha))[1]], [[], 'installed'])
  assert.match(lines.at(-1) ?? '', /suspended to "\/image" is given up/)
})

test('The record of a guest that could not go on says that it is suspended; of one that is given up, that it is not', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, image } = hosts
  const suspended = await imageOf(alpha)
  assert.ok(suspended !== undefined)
  const { size } = await stat(image)
  // Its header and description are whole: that the rest is not shows only when it is loaded.
  await truncate(image, size - 1)
  await assert.rejects(bootOrResume(alpha.rig.host, alpha.zone, plain, calm), { code: 'IMAGE_DAMAGED' })
  assert.deepEqual([await ownerOf(alpha), await imageOf(alpha)], [['alpha', 'suspended', 1], suspended])
  await discardImage(alpha.rig.host, alpha.zone)
  assert.deepEqual([await ownerOf(alpha), await imageOf(alpha)], [['alpha', 'installed', 1], undefined])
})

test('An image that was found whole after its zonesd was killed is in the record from then on', async () => {
  await using hosts = await twoHosts()
  const { alpha } = hosts
  const { rig } = alpha
  await rig.host.registry.saveConfig('web1', `${config}add suspend\nset path=/image\nend\n`)
  await bootOrResume(rig.host, alpha.zone, plain, calm)
  const { registry } = rig.host
  const update = registry.update.bind(registry)
  const killed = Promise.withResolvers<void>()
  mock.method(registry, 'update', async (...[zone, change]: Parameters<typeof update>) => {
    if (change.suspended?.phase !== 'whole') return update(zone, change)
    killed.resolve()
    return new Promise(() => undefined)
  })
  void suspendZone(rig.host, alpha.zone, calm)
  await killed.promise
  const host = await rig.reboot()
  const zone = host.registry.get('web1')
  assert.equal((await ownerOf({ rig, zone }))[1], 'running')
  await recoverSuspension(host, zone)
  assert.deepEqual(zone.auxiliary, ['suspended'])
  assert.deepEqual(await ownerOf({ rig, zone }), ['alpha', 'suspended', 1])
  assert.equal((await imageOf({ rig, zone }))?.id, zone.record.suspended?.imageId)
})
