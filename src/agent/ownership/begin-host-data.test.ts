import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  config,
  damage,
  imageOf,
  ownerOf,
  still,
  twoHostsAndAnImage,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootOrResume } from '../lifecycle/boot-or-resume.ts'

const calm = { signal: still, progress: () => undefined }
const plain = { bootargs: undefined, discard: false }
const suspend = 'add suspend\nset path=/image\nend\n'

type Hosts = Awaited<ReturnType<typeof twoHostsAndAnImage>>

/** Begins the zone's host data anew on one of the hosts, which lost it before. */
async function beginAnew({ rig, zone }: Hosts['alpha'], lines: string[], discard = false): Promise<void> {
  if (zone.state === 'installed') await rig.host.registry.update(zone, { state: 'unavailable' })
  const warn = (line: string) => void lines.push(line)
  await attachZone(rig.host, zone, still, { initialize: true, discard, warn })
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
  await assert.rejects(beginAnew(beta, lines), {
    code: 'ZONE_SUSPENDED',
    message: /alpha has suspended it to "\/image"/,
    remedy: /attach -x initialize-hostdata --discard/,
  })
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'suspended', 1])
  await beginAnew(beta, lines, true)
  assert.deepEqual((await ownerOf(beta)).slice(0, 2), ['beta', 'installed'])
  assert.match(lines.at(-1) ?? '', /suspended to "\/image" is given up/)
})

test('With --discard the own guest is given up when host data are begun anew', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, lines } = hosts
  // As if the key that opens the record were gone, too.
  await damage(alpha.disk)
  await writeFile(alpha.rig.layout.key('web1'), `${'ab'.repeat(32)}\n`)
  await beginAnew(alpha, lines, true)
  assert.deepEqual([alpha.zone.auxiliary, (await ownerOf(alpha))[1]], [[], 'installed'])
})
