import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  guestSeesOfEach,
  hostNamed,
  options,
  ownerOf,
  pairConfig,
  still,
} from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes, lookAtArea } from '../../hostdata/owner-record/area.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { showHostData } from '../ownership/show-record.ts'
import { moveStorage } from './move.ts'

const mib = 1024 ** 2
const quiet = { force: false, signal: still, progress: () => undefined }

for (const isRunning of [false, true]) {
  test(`Every boot disk of a zone that ${isRunning ? 'runs' : 'is down'} takes its copy of the host data along`, async () => {
    await using alpha = await hostNamed('alpha', pairConfig)
    const { rig, zone } = alpha
    const { host } = rig
    const path = (name: string) => join(rig.layout.root, name)
    await installZone(host, zone, options, still)
    await writeFile(alpha.second, Buffer.alloc(4 * mib, 5), { flag: 'r+' })
    if (isRunning) await bootZone(host, zone, {})
    await moveStorage(host, zone, { ...quiet, wishes: [{ uri: 'file:///new2', id: 1 }] })
    assert.equal((await stat(path('new2'))).size, 5 * mib)
    assert.ok((await readFile(path('new2'))).subarray(0, 4 * mib).equals(Buffer.alloc(4 * mib, 5)))
    const shown = await showHostData(host, { zone: 'web1' })
    const [copy] = shown?.replicas ?? []
    assert.deepEqual(
      [copy?.storage, copy?.copies[0]?.record?.device, copy?.copies[0]?.record?.sizeBytes],
      ['file:///new2', 1, 4 * mib],
    )
    await moveStorage(host, zone, {
      ...quiet,
      wishes: [{ uri: 'file:///newer' }, { uri: 'file:///newer2' }],
    })
    if (!isRunning) await bootZone(host, zone, {})
    assert.deepEqual(await guestSeesOfEach(zone), [8 * mib, 4 * mib])
    await haltZone(host, zone)
    assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
    const sights = await Promise.all(
      ['newer', 'newer2'].map(async (name) => {
        const content = await readFile(path(name))
        return lookAtArea(content.subarray(content.length - areaBytes))
      }),
    )
    assert.deepEqual(sights[0], sights[1])
    await bootZone(host, zone, {})
  })
}

test('A boot disk with a copy does not go where none can be', async () => {
  await using alpha = await hostNamed('alpha', pairConfig)
  const { rig, zone } = alpha
  await installZone(rig.host, zone, options, still)
  const wishes = [{ uri: 'nbd://127.0.0.1:1/x', id: 1 }]
  await assert.rejects(moveStorage(rig.host, zone, { ...quiet, wishes }), { code: 'HOSTDATA_NOWHERE' })
})
