import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { config, options } from '../../../test/fixtures/agent/two-hosts.ts'
import { openArea, readArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import { keyOfSource, readZoneKey, writeZoneKey } from '../../hostdata/zone-key.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone } from '../lifecycle/install.ts'
import { atHostData } from './open-host-data.ts'
import { readOwner } from './own.ts'
import { finishRekey, rekeyZone } from './rekey.ts'

async function installedZone() {
  const rig = await agentHost()
  const { host, layout } = rig
  const zone = await host.registry.saveConfig('web1', config)
  await installZone(host, zone, options, new AbortController().signal)
  const key = async () => {
    const read = await readZoneKey(layout.key('web1'))
    assert.ok(read)
    return read
  }
  /** Which of the two copies the key opens when it is alone. */
  const at = <T>(work: Parameters<typeof atHostData<T>>[3]) =>
    atHostData('file:///disk', host.storage, { socket: join(layout.runFolder, 'x'), writable: true }, work)
  const seal = (zoneKey: Buffer, copies: number) =>
    at(async ({ store, offset }) => {
      const found = openArea(await readArea(store, offset), {
        zone: undefined,
        zoneKey: await key(),
        place: '',
      })
      assert.ok(found)
      for (let step = 1; step <= copies; step += 1) {
        await writeRecord(store, offset, { record: found.record, sequence: found.sequence + step }, zoneKey)
      }
    })
  const opensWith = (zoneKey: Buffer) =>
    at(async ({ store, offset }) => {
      try {
        return openArea(await readArea(store, offset), { zone: undefined, zoneKey, place: '' }) !== undefined
      } catch {
        return false
      }
    })
  const dispose = () => rig[Symbol.asyncDispose]()
  return { rig, host, layout, zone, key, seal, opensWith, [Symbol.asyncDispose]: dispose }
}

test('A new key opens the host data, the old one nothing, and the file is for root alone', async () => {
  await using here = await installedZone()
  const { host, zone, layout } = here
  const old = await here.key()
  await bootZone(host, zone, {})
  await rekeyZone(host, zone)
  const now = await here.key()
  assert.notDeepEqual(now, old)
  assert.deepEqual([await here.opensWith(now), await here.opensWith(old)], [true, false])
  assert.equal((await readOwner(host, zone))?.state, 'running')
  assert.equal((await stat(layout.key('web1'))).mode & 0o777, 0o600)
  assert.equal(existsSync(layout.nextKey('web1')), false)
  for (const text of [JSON.stringify(zone.record), here.rig.logged.join('\n')]) {
    assert.equal(text.includes(now.toString('hex')) || text.includes(old.toString('hex')), false)
  }
})

test('The key of a keysource is taken', async () => {
  await using here = await installedZone()
  const { host, zone } = here
  await host.registry.saveConfig('web1', `${config}add keysource\nset raw=correct-horse\nend\n`)
  await rekeyZone(host, zone)
  assert.deepEqual(await here.key(), keyOfSource('correct-horse'))
  assert.equal((await readOwner(host, zone))?.owner.name, 'beta')
})

for (const [copies, holds] of [
  [0, 'old'],
  [1, 'new'],
  [2, 'new'],
] as const) {
  test(`Interrupted when ${copies} of two copies have the new key, it is the ${holds} one that holds`, async () => {
    await using here = await installedZone()
    const { layout } = here
    const [old, next] = [await here.key(), randomBytes(32)]
    await writeZoneKey(layout.nextKey('web1'), next)
    await here.seal(next, copies)
    const host = await here.rig.restart()
    const zone = host.registry.get('web1')
    assert.equal((await readOwner(host, zone))?.owner.name, 'beta', 'both keys are tried until then')
    await finishRekey(host, zone)
    await finishRekey(host, zone)
    const expected = holds === 'new' ? next : old
    assert.deepEqual(await here.key(), expected)
    assert.equal(existsSync(layout.nextKey('web1')), false)
    assert.equal(await here.opensWith(expected), true)
    await bootZone(host, zone, {})
  })
}

test('Where the disk cannot be reached both keys stay', async () => {
  await using here = await installedZone()
  const { host, zone, layout } = here
  await host.registry.saveConfig('web1', config.replace('///disk', '///gone'))
  const before = await readFile(layout.key('web1'), 'utf8')
  await assert.rejects(rekeyZone(host, zone), { code: 'STORAGE_UNREACHABLE' })
  assert.equal(await readFile(layout.key('web1'), 'utf8'), before)
  assert.ok(existsSync(layout.nextKey('web1')))
  await host.registry.saveConfig('web1', config)
  await rekeyZone(host, zone)
  assert.equal(await here.opensWith(await here.key()), true)
})
