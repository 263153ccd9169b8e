import assert from 'node:assert/strict'
import { copyFileSync, existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  guestSeesOfEach,
  hostNamed,
  options,
  ownerOf,
  pairConfig,
  still,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import { keyOfSource, readZoneKey } from '../../hostdata/zone-key.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { beginHostData } from './begin-host-data.ts'
import type { Site } from './claim.ts'
import { finishRekey } from './rekey.ts'
import { keyFor } from './zone-key.ts'

const mib = 1024 ** 2
const uuid = '848611d4-0000-4000-8000-0000000000ff'
const hostData = {
  device: 0,
  sizeBytes: 8 * mib,
  generation: 1,
  sequence: 1,
  replicas: [{ device: 1, sizeBytes: 4 * mib }],
}
const sites: readonly Site[] = [
  { device: 0, uri: 'file:///disk', sizeBytes: 8 * mib, grows: true },
  { device: 1, uri: 'file:///second', sizeBytes: 4 * mib, grows: true },
]

type Alpha = Awaited<ReturnType<typeof filledDisks>>

/** Two disks that are in use up to their ends. */
async function filledDisks(more = 0) {
  const alpha = await hostNamed('alpha', pairConfig)
  const [first, second] = [Buffer.alloc(8 * mib - 100, 5), Buffer.alloc(4 * mib + more, 7)]
  await writeFile(alpha.disk, first)
  await writeFile(alpha.second, second)
  const isAsBefore = async () =>
    first.equals(await readFile(alpha.disk)) && second.equals(await readFile(alpha.second))
  return { ...alpha, isAsBefore }
}

/** The same disks of a zone that is installed, whose keysource was changed since. */
async function installedOnTwo() {
  const alpha = await hostNamed('alpha', pairConfig)
  await installZone(alpha.rig.host, alpha.zone, options, still)
  await changeKeysource(alpha)
  return { ...alpha, isAsBefore: async () => true }
}

async function changeKeysource({ rig }: Pick<Alpha, 'rig'>): Promise<void> {
  const keysource = 'add keysource\nset raw=something-else\nend\n'
  await rig.host.registry.saveConfig('web1', `${pairConfig}${keysource}`)
}

/** Begins host data, which fails before the record is written on one of the disks. */
async function fail({ rig, zone }: Alpha, at: number, { places = sites, meanwhile = () => {} } = {}) {
  const failing = places.map((site, index) => {
    if (index !== at) return site
    return {
      ...site,
      get device(): number {
        meanwhile()
        throw new Error('it fails')
      },
    }
  })
  await assert.rejects(beginHostData(rig.host, zone, failing, { uuid, hostData }), /it fails/)
}

/** The same, but nothing is done any more from then on, as if the power had failed. */
async function crash(alpha: Alpha, at: number) {
  const { layout } = alpha.rig
  const files = [alpha.disk, alpha.second, layout.key('web1'), layout.nextKey('web1')]
  let { record } = alpha.zone
  await fail(alpha, at, {
    meanwhile() {
      record = alpha.zone.record
      for (const file of files.filter(existsSync)) copyFileSync(file, `${file}.left`)
    },
  })
  for (const file of files.filter((each) => existsSync(`${each}.left`))) await rename(`${file}.left`, file)
  await alpha.rig.host.registry.update(alpha.zone, { ...record })
}

async function guestSees({ rig, zone }: Alpha): Promise<number[]> {
  await bootZone(rig.host, zone, {})
  const sizes = await guestSeesOfEach(zone)
  await haltZone(rig.host, zone)
  return sizes
}

for (const at of [0, 1]) {
  test(`If host data cannot be written on disk ${at}, both disks are as they were`, async () => {
    await using alpha = await filledDisks()
    await fail(alpha, at)
    assert.ok(await alpha.isAsBefore())
    assert.equal(alpha.zone.record.begun, undefined)
  })

  test(`If host data cannot be written on disk ${at}, what was at the end of a disk that has room is there again`, async () => {
    await using alpha = await filledDisks(areaBytes)
    const places = sites.map((site) => ({ ...site, grows: site.device === 0 }))
    await fail(alpha, at, { places })
    assert.ok(await alpha.isAsBefore())
  })

  test(`Room that was made before a crash at disk ${at} is not made again by the next attach`, async () => {
    await using alpha = await filledDisks()
    await crash(alpha, at)
    await attachZone(alpha.rig.host, alpha.zone, still)
    assert.deepEqual(await guestSees(alpha), [8 * mib, 4 * mib])
    assert.deepEqual((await ownerOf(alpha)).slice(0, 2), ['alpha', 'installed'])
    assert.equal(alpha.zone.record.begun, undefined)
  })

  test(`Nor is it by the next install, after a crash at disk ${at}`, async () => {
    await using alpha = await filledDisks()
    const { rig, zone } = alpha
    await rig.host.registry.update(zone, { state: 'incomplete', uuid, hostData })
    await crash(alpha, at)
    await uninstallZone(rig.host, zone)
    await installZone(rig.host, zone, options, still)
    assert.deepEqual(await guestSees(alpha), [8 * mib, 4 * mib])
  })
}

for (const at of [0, 1]) {
  test(`With a changed keysource, host data that are put back after disk ${at} open with the key that they had`, async () => {
    await using alpha = await installedOnTwo()
    const { rig } = alpha
    const key = await readFile(rig.layout.key('web1'), 'utf8')
    await fail(alpha, at, { places: sites.map((site) => ({ ...site, grows: false })) })
    assert.equal(await readFile(rig.layout.key('web1'), 'utf8'), key)
    assert.equal(existsSync(rig.layout.nextKey('web1')), false)
    assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  })
}

test('After a crash the zone opens with whichever of the two keys its host data have', async () => {
  await using alpha = await filledDisks()
  const { rig } = alpha
  await keyFor(rig.host, alpha.zone)
  await changeKeysource(alpha)
  await crash(alpha, 1)
  const host = await rig.restart()
  const zone = host.registry.get('web1')
  await finishRekey(host, zone)
  await attachZone(host, zone, still)
  await finishRekey(host, zone)
  assert.deepEqual(await readZoneKey(rig.layout.key('web1')), keyOfSource('something-else'))
  assert.deepEqual((await ownerOf({ rig, zone })).slice(0, 2), ['alpha', 'installed'])
})

test('A disk that was exchanged since is not taken for the one with the room', async () => {
  await using alpha = await filledDisks()
  await crash(alpha, 0)
  await writeFile(alpha.disk, Buffer.alloc(9 * mib, 1))
  await writeFile(alpha.second, Buffer.alloc(4 * mib))
  await attachZone(alpha.rig.host, alpha.zone, still)
  assert.deepEqual(await guestSees(alpha), [9 * mib, 4 * mib])
})
