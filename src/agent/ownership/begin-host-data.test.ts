import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  config,
  damage,
  imageOf,
  options,
  ownerOf,
  still,
  twoHosts,
  twoHostsAndAnImage,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { bootOrResume } from '../lifecycle/boot-or-resume.ts'
import { installZone } from '../lifecycle/install.ts'
import { rekeyZone } from './rekey.ts'
import { lookAtOwner } from './watch-owners.ts'

const calm = { signal: still, progress: () => undefined }
const plain = { bootargs: undefined, discard: false }
const suspend = 'add suspend\nset path=/image\nend\n'

type Hosts = Awaited<ReturnType<typeof twoHostsAndAnImage>>

/** Begins the zone's host data anew on one of the hosts, which lost it before. */
async function beginAnew(
  { rig, zone }: Pick<Hosts['alpha'], 'rig' | 'zone'>,
  lines: string[] = [],
  { discard = false, takeover = false } = {},
): Promise<void> {
  if (zone.state === 'installed') await rig.host.registry.update(zone, { state: 'unavailable' })
  const warn = (line: string) => void lines.push(line)
  await attachZone(rig.host, zone, still, { initialize: true, discard, takeover, warn })
}

for (const befall of ['whole', 'damaged'] as const) {
  test(`A suspended zone stays so when its host data, which are ${befall}, are begun anew: another host finds its guest`, async () => {
    await using hosts = await twoHostsAndAnImage()
    const { alpha, beta, lines, linkImage, takeOver } = hosts
    const suspended = await imageOf(alpha)
    assert.ok(suspended !== undefined)
    if (befall === 'damaged') await damage(alpha.disk)
    await beginAnew(alpha, lines)
    assert.deepEqual([await ownerOf(alpha), await imageOf(alpha)], [['alpha', 'suspended', 2], suspended])
    assert.equal(lines.length, befall === 'damaged' ? 1 : 0, lines.join('\n'))
    await linkImage()
    await takeOver()
    assert.deepEqual(beta.zone.auxiliary, ['suspended'])
    await bootOrResume(beta.rig.host, beta.zone, plain, calm)
    assert.equal(beta.zone.state, 'running')
  })
}

test('The image keeps its key when host data are begun anew after the keysource was changed', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, lines } = hosts
  const { host, layout } = alpha.rig
  const key = await readFile(layout.key('web1'), 'utf8')
  const keysource = 'add keysource\nset raw=something-else\nend\n'
  await host.registry.saveConfig('web1', `${config}${suspend}${keysource}`)
  await beginAnew(alpha, lines)
  assert.equal(await readFile(layout.key('web1'), 'utf8'), key)
  await bootOrResume(host, alpha.zone, plain, calm)
  assert.equal(alpha.zone.state, 'running')
})

test('A guest that is older than its disk does not go on because host data are begun anew', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, lines, takeOver } = hosts
  await takeOver(true)
  await detachZone(beta.rig.host, beta.zone)
  await beginAnew(alpha, lines)
  assert.match(lines.at(-1) ?? '', /older than its disk/)
  assert.deepEqual([alpha.zone.auxiliary, (await ownerOf(alpha))[1]], [[], 'installed'])
})

test('A guest that is suspended elsewhere is not lost without the operator’s word when host data are begun anew', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, lines } = hosts
  const takeover = true
  await assert.rejects(beginAnew(beta, lines), { code: 'ZONE_IN_USE' })
  await assert.rejects(beginAnew(beta, lines, { takeover }), {
    code: 'ZONE_SUSPENDED',
    message: /alpha has suspended it to "\/image"/,
    remedy: /attach -x force-takeover -x initialize-hostdata --discard/,
  })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'suspended', 1])
  await beginAnew(beta, lines, { takeover, discard: true })
  assert.deepEqual((await ownerOf(beta)).slice(0, 2), ['beta', 'installed'])
  assert.match(lines.at(-1) ?? '', /suspended to "\/image" is given up/)
})

test('With --discard the own guest is given up when host data are begun anew', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, lines } = hosts
  // As if the key that opens the record were gone, too.
  await damage(alpha.disk)
  await writeFile(alpha.rig.layout.key('web1'), `${'ab'.repeat(32)}\n`)
  await beginAnew(alpha, lines, { discard: true })
  assert.deepEqual([alpha.zone.auxiliary, (await ownerOf(alpha))[1]], [[], 'installed'])
})

test('A zone that runs at another host is not taken from it by host data begun anew; by force that host sees it', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await bootZone(alpha.rig.host, alpha.zone, {})
  await assert.rejects(beginAnew(beta), {
    code: 'ZONE_IN_USE',
    message: /alpha\n +last known state: running/,
  })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'running', 1])
  await beta.rig.host.registry.saveConfig('web1', `${config}add keysource\nset raw=another\nend\n`)
  await beginAnew(beta, [], { takeover: true })
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  assert.equal(beta.zone.record.uuid, alpha.zone.record.uuid)
  await lookAtOwner(alpha.rig.host, alpha.zone)
  assert.deepEqual([alpha.zone.state, alpha.zone.running], ['unavailable', undefined])
  assert.match(alpha.zone.reason ?? '', /is in use by host beta/)
})

for (const [words, key, ends] of [
  ['its key', undefined, true],
  ['another key', 'ab'.repeat(32), false],
] as const) {
  test(`A host whose zone was begun anew elsewhere with ${words} ${ends ? 'ends' : 'does not end'} its machine`, async () => {
    await using hosts = await twoHosts()
    const { alpha, beta } = hosts
    await bootZone(alpha.rig.host, alpha.zone, {})
    await damage(alpha.disk)
    if (key !== undefined) await writeFile(beta.rig.layout.key('web1'), `${key}\n`)
    await beginAnew(beta)
    assert.notEqual(beta.zone.record.uuid, alpha.zone.record.uuid)
    const look = () => lookAtOwner(alpha.rig.host, alpha.zone)
    if (ends) await look()
    else await assert.rejects(look(), { code: 'HOSTDATA_OTHER' })
    assert.equal(alpha.zone.state, ends ? 'unavailable' : 'running')
    if (ends) assert.match(alpha.zone.reason ?? '', /is in use by host beta/)
  })
}

test('A zone of before is not installed over where another host has attached it since', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await detachZone(alpha.rig.host, alpha.zone)
  await attachZone(beta.rig.host, beta.zone, still)
  const install = () => installZone(alpha.rig.host, alpha.zone, options, still)
  await assert.rejects(install(), { code: 'ZONE_IN_USE' })
  await rekeyZone(beta.rig.host, beta.zone)
  await assert.rejects(install(), { code: 'HOSTDATA_OTHER' })
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
})
