import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { createStorage } from '../../storage/storage.ts'
import { type MoveJournal, readMoveJournal, writeMoveJournal } from './journal.ts'
import { recoverMove } from './recover.ts'

const [from, to] = ['file:///old', 'file:///new']
const config = (storage: string) => `${tinyConfig}add device\nset id=0\nset storage=${storage}\nend\n`

/** What the next zonesd makes of a zone that is down, whose move ended like this. */
async function recovering(phase: MoveJournal['phase'], created: boolean | 'making') {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const { registry, layout, storage } = rig.host
  await registry.saveConfig('web1', config(from))
  await createStorage(from, 1024, storage)
  await createStorage(to, 1024, storage)
  const folder = layout.zoneFolder('web1')
  await writeMoveJournal(folder, { phase, disks: [{ id: 0, from, to, created, node: null }] })
  for (let time = 0; time < 2; time += 1) await recoverMove(rig.host, zone)
  const contract = await registry.contract('web1')
  return {
    disk: contract.devices[0]?.storage,
    isNewThere: existsSync(join(layout.root, 'new')),
    isOldThere: existsSync(join(layout.root, 'old')),
    made: zone.record.createdDevices,
    journal: await readMoveJournal(folder),
    logged: rig.logged.length,
  }
}

const settled = { isOldThere: true, journal: undefined, logged: 1 }

test('What was being copied is given up, and removed if it was made for that', async () => {
  const old = { ...settled, disk: from, made: [] }
  assert.deepEqual(await recovering('copying', true), { ...old, isNewThere: false })
  assert.deepEqual(await recovering('copying', false), { ...old, isNewThere: true })
})

test('What somebody else may have made is not removed, and told', async () => {
  const old = { ...settled, disk: from, made: [] }
  assert.deepEqual(await recovering('copying', 'making'), { ...old, isNewThere: true, logged: 2 })
})

test('What cannot be removed holds nothing up, and the disks that have switched are written down', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const { registry, layout } = rig.host
  await registry.saveConfig('web1', `${config(from)}add device\nset id=1\nset storage=file:///old1\nend\n`)
  const folder = layout.zoneFolder('web1')
  const gone = 'nfs://127.0.0.1:1/gone/new1'
  const disks = [
    { id: 0, from, to, created: true, node: 'moved1-disk0' },
    { id: 1, from: 'file:///old1', to: gone, created: true, node: 'moved1-disk1', isOn: 'old' as const },
  ]
  await writeMoveJournal(folder, { phase: 'switching', disks })
  await recoverMove(rig.host, zone)
  const { devices } = await registry.contract('web1')
  assert.deepEqual(
    devices.map(({ storage }) => storage),
    [to, 'file:///old1'],
  )
  assert.deepEqual([zone.record.createdDevices, await readMoveJournal(folder)], [[0], undefined])
  assert.match(rig.logged.join('\n'), /cannot be removed .*suriadm delete nfs:/)
})

test('A journal that cannot be read holds the zone until it is restored or put away', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const path = join(rig.layout.zoneFolder('web1'), 'move.json')
  await writeFile(path, '{')
  await assert.rejects(recoverMove(rig.host, zone), { code: 'MOVE_UNSETTLED', remedy: /mv .*move\.json/ })
  assert.throws(() => zone.begin('boot'), { code: 'MOVE_UNSETTLED' })
  await rm(path)
  await zone.exclusively('boot', new AbortController().signal, async () => undefined)
})

test('What was all there is used, and belongs to the zone if it was made for it', async () => {
  const moved = { ...settled, disk: to, isNewThere: true }
  assert.deepEqual(await recovering('switching', true), { ...moved, made: [0] })
  assert.deepEqual(await recovering('switching', false), { ...moved, made: [] })
})
