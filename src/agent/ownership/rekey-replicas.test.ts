import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostNamed, options, pairConfig, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { areaBytes, openArea, readArea, slotsOfArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import { openSlot } from '../../hostdata/owner-record/slot.ts'
import { readZoneKey, writeZoneKey } from '../../hostdata/zone-key.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { atHostData } from './open-host-data.ts'
import { readOwner } from './own.ts'
import { finishRekey, rekeyZone } from './rekey.ts'

async function installedPair() {
  const side = await hostNamed('beta', pairConfig)
  const { rig, zone } = side
  await installZone(rig.host, zone, options, still)
  await bootZone(rig.host, zone, {})
  const key = async () => {
    const read = await readZoneKey(rig.layout.key('web1'))
    assert.ok(read)
    return read
  }
  /** Seals one more copy of the record there with a key, as a change of key that is interrupted. */
  const seal = async (disk: 'disk' | 'second', zoneKey: Buffer) => {
    const socket = join(rig.layout.runFolder, 'x')
    const keys = [zoneKey, await key()]
    await atHostData(
      `file:///${disk}`,
      rig.host.storage,
      { socket, writable: true },
      async ({ store, offset }) => {
        const area = await readArea(store, offset)
        const found = keys.flatMap((each) => {
          try {
            return openArea(area, { zone: undefined, zoneKey: each, place: '' }) ?? []
          } catch {
            return []
          }
        })[0]
        assert.ok(found)
        const { record, sequence } = found
        await writeRecord(store, offset, { record, sequence: sequence + 1 }, zoneKey)
      },
    )
  }
  /** How many of the four slots on both disks a key opens. */
  const opens = async (zoneKey: Buffer) => {
    const areas = await Promise.all([side.disk, side.second].map((path) => readFile(path)))
    const slots = areas.flatMap((content) => slotsOfArea(content.subarray(content.length - areaBytes)))
    return slots.filter((block) => openSlot(block, zoneKey).status === 'open').length
  }
  return { ...side, key, seal, opens }
}

test('A new key opens the host data on every boot device, the old one none', async () => {
  await using here = await installedPair()
  const { rig, zone } = here
  const old = await here.key()
  assert.equal(await here.opens(old), 4)
  await rekeyZone(rig.host, zone)
  assert.deepEqual([await here.opens(await here.key()), await here.opens(old)], [4, 0])
  assert.equal((await readOwner(rig.host, zone))?.state, 'running')
})

const order = ['disk', 'second', 'disk', 'second'] as const

for (const written of [0, 1, 2, 3, 4]) {
  const holds = written === 0 ? 'old' : 'new'
  test(`Interrupted when ${written} of four slots on two disks have the new key, it is the ${holds} one that holds`, async () => {
    await using here = await installedPair()
    const { layout } = here.rig
    const [old, next] = [await here.key(), randomBytes(32)]
    await writeZoneKey(layout.nextKey('web1'), next)
    for (const disk of order.slice(0, written)) await here.seal(disk, next)
    const host = await here.rig.reboot()
    const zone = host.registry.get('web1')
    assert.equal((await readOwner(host, zone))?.owner.name, 'beta', 'both keys are tried until then')
    await finishRekey(host, zone)
    await finishRekey(host, zone)
    const expected = holds === 'new' ? next : old
    assert.deepEqual(await here.key(), expected)
    assert.equal(existsSync(layout.nextKey('web1')), false)
    assert.equal(await here.opens(expected), 4)
    await bootZone(host, zone, {})
  })
}

test('Where one of the disks cannot be reached nothing is sealed anew, and both keys stay', async () => {
  await using here = await installedPair()
  const { rig, zone, second } = here
  const old = await here.key()
  await rename(second, `${second}.away`)
  await assert.rejects(rekeyZone(rig.host, zone), { code: 'STORAGE_UNREACHABLE' })
  await rename(`${second}.away`, second)
  assert.deepEqual([await here.key(), await here.opens(old)], [old, 4])
  assert.ok(existsSync(rig.layout.nextKey('web1')))
  await rekeyZone(rig.host, zone)
  assert.deepEqual([await here.opens(await here.key()), await here.opens(old)], [4, 0])
})
