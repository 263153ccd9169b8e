import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../util/host-layout.ts'
import { printExport } from '../zone/print-export.ts'
import { ZoneRegistry } from './zone-registry.ts'

const configText = 'create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=1G\nend\n'

async function host() {
  const folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  const load = async () => {
    const registry = new ZoneRegistry(layout)
    await registry.load()
    return registry
  }
  return { layout, load, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const listOf = (registry: ZoneRegistry) => registry.all().map(({ name, state }) => `${name} ${state}`)

test('An empty host has no zones; what is stored is there for the next zonesd', async () => {
  await using here = await host()
  const registry = await here.load()
  assert.deepEqual(registry.all(), [])
  await registry.saveConfig('web2', configText)
  const zone = await registry.saveConfig('web1', configText)
  await registry.update(zone, { state: 'installed', uuid: 'u', createdDevices: [0] })
  assert.deepEqual(listOf(registry), ['web1 installed', 'web2 configured'])
  const later = await here.load()
  assert.deepEqual(listOf(later), listOf(registry))
  assert.deepEqual(later.get('web1').record, zone.record)
  const stored = await later.config('web1')
  assert.equal(stored?.text, configText)
  assert.equal(stored?.config && printExport(stored.config), configText)
  assert.equal((await later.contract('web1')).memory.physicalBytes, 2 ** 30)
})

test('A zone that is not there is told by its name', async () => {
  await using here = await host()
  const registry = await here.load()
  assert.equal(registry.find('web1'), undefined)
  assert.equal(await registry.config('web1'), undefined)
  assert.throws(() => registry.get('web1'), { code: 'NO_SUCH_ZONE', message: /'web1'/ })
  await assert.rejects(registry.contract('web1'), { code: 'NO_SUCH_ZONE' })
})

test('Files that are no zones are no zones', async () => {
  await using here = await host()
  const { layout } = here
  await mkdir(layout.configFolder, { recursive: true })
  await mkdir(join(layout.stateFolder, 'empty'), { recursive: true })
  for (const name of ['user_attr', 'mytemplate', '.web1.cfg.a1b2c3', '.cfg']) {
    await writeFile(join(layout.configFolder, name), configText)
  }
  await writeFile(layout.hostFile, '{}')
  assert.deepEqual((await here.load()).all(), [])
})

test('A zone whose configuration is missing is incomplete, and whole again with a new one', async () => {
  await using here = await host()
  const registry = await here.load()
  const zone = await registry.saveConfig('web1', configText)
  await registry.update(zone, { state: 'installed' })
  await rm(here.layout.config('web1'))
  const later = await here.load()
  assert.deepEqual(listOf(later), ['web1 incomplete'])
  assert.deepEqual(later.get('web1').auxiliary, ['no-config'])
  await later.saveConfig('web1', configText)
  assert.deepEqual(listOf(later), ['web1 installed'])
  assert.deepEqual(later.get('web1').auxiliary, [])
})

test('A damaged record makes that zone unavailable, with the reason; it is never overwritten', async () => {
  await using here = await host()
  const registry = await here.load()
  for (const name of ['good', 'bad']) {
    await registry.update(await registry.saveConfig(name, configText), { state: 'installed', uuid: name })
  }
  const path = here.layout.state('bad')
  await writeFile(path, '{"schema":1,')
  const later = await here.load()
  assert.deepEqual(listOf(later), ['bad unavailable', 'good installed'])
  const bad = later.get('bad')
  assert.equal(bad.record.reason, `The file "${path}" is damaged`)
  assert.throws(() => bad.requireState('boot', ['installed']), {
    message: `zone 'bad': must be installed before 'boot', it is unavailable (The file "${path}" is damaged)`,
  })
  for (const change of [{ state: 'installed' }, { state: 'configured' }] as const) {
    await assert.rejects(later.update(bad, change), { code: 'FILE_DAMAGED', message: new RegExp(path) })
  }
  await assert.rejects(later.rename('bad', 'other'), { code: 'FILE_DAMAGED' })
  assert.equal(await readFile(path, 'utf8'), '{"schema":1,')
  await later.update(later.get('good'), { state: 'configured' })
})

test('A damaged configuration is told with its path and line; others are read', async () => {
  await using here = await host()
  const registry = await here.load()
  for (const name of ['good', 'bad']) await registry.saveConfig(name, configText)
  const path = here.layout.config('bad')
  await writeFile(path, 'create -b\nset brand=sol')
  const later = await here.load()
  for (const read of [() => later.config('bad'), () => later.contract('bad')]) {
    await assert.rejects(read, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'FILE_DAMAGED')
      assert.ok(error.message.startsWith(`The configuration "${path}" is damaged: On line 2:`), error.message)
      return true
    })
  }
  assert.equal((await later.contract('good')).zonename, 'good')
})

test('rename() keeps record, configuration and what lies in the folder', async () => {
  await using here = await host()
  const { layout } = here
  const registry = await here.load()
  const zone = await registry.saveConfig('old', configText)
  await registry.update(zone, { uuid: 'u' })
  await writeFile(join(layout.zoneFolder('old'), 'disk0'), 'data')
  await registry.rename('old', 'new')
  assert.deepEqual(listOf(registry), ['new configured'])
  const later = await here.load()
  assert.deepEqual(listOf(later), ['new configured'])
  assert.equal(later.get('new').record.uuid, 'u')
  assert.equal(await readFile(join(layout.zoneFolder('new'), 'disk0'), 'utf8'), 'data')
  assert.equal(existsSync(layout.zoneFolder('old')), false)
})

test('Of two zones that want the same name at once one gets it, and the other stays what it was', async () => {
  await using here = await host()
  const registry = await here.load()
  for (const name of ['a', 'b']) {
    await registry.update(await registry.saveConfig(name, configText), { uuid: name })
  }
  const outcomes = await Promise.allSettled([registry.rename('a', 'c'), registry.rename('b', 'c')])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  const later = await here.load()
  assert.deepEqual(
    later.all().map(({ name, record }) => [name, record.uuid]),
    [
      ['b', 'b'],
      ['c', 'a'],
    ],
  )
})

test('remove() forgets a zone, but not a disk that lies in its folder', async () => {
  await using here = await host()
  const { layout } = here
  const registry = await here.load()
  for (const name of ['plain', 'disk']) {
    const zone = await registry.saveConfig(name, configText)
    await registry.update(zone, { uuid: name })
    await mkdir(dirname(layout.kernel(name)), { recursive: true })
    await writeFile(layout.kernel(name), '')
  }
  await writeFile(join(layout.zoneFolder('disk'), 'disk0'), 'data')
  for (const name of ['plain', 'disk']) await registry.remove(name)
  assert.deepEqual(registry.all(), [])
  assert.deepEqual(await readdir(layout.configFolder), [])
  assert.deepEqual(await readdir(layout.stateFolder), ['disk'])
  assert.deepEqual(await readdir(layout.zoneFolder('disk')), ['disk0'])
  assert.deepEqual((await here.load()).all(), [])
})

test('nextZoneId() gives no number twice', async () => {
  await using here = await host()
  const registry = await here.load()
  assert.deepEqual([registry.nextZoneId(), registry.nextZoneId(), registry.nextZoneId()], [1, 2, 3])
})
