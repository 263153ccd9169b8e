import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { secondPortal } from '../../test/hosts/second-portal.ts'
import { isKnown } from '../facts/schema.ts'
import { processIdentity } from '../util/process-identity.ts'
import { Arrivals } from './incoming/arrivals.ts'
import { attachZone } from './lifecycle/attach.ts'
import { bootZone } from './lifecycle/boot.ts'
import { installZone } from './lifecycle/install.ts'
import { storageHandlers } from './operations/storage.ts'
import { moveStorage } from './storage-move/move.ts'

const mib = 1024 ** 2
const { signal } = new AbortController()

const config = (uri: string) =>
  `create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=32M\nend\nadd device\nset id=0\nset storage=${uri}\nset bootpri=0\nset create-size=1m\nend\n`

/** A host and a unit with two portals. */
async function hostWithUnit() {
  await using made = new AsyncDisposableStack()
  const lab = made.use(await createLoopbackLab({ hosts: [] }))
  const { suri } = await lab.storage.createLun({ name: 'web1', sizeBytes: 4 * mib })
  const portal = made.use(await secondPortal(lab.storage))
  const { host } = made.use(await agentHost())
  const call = { signal, progress: () => undefined }
  const map = (uri: string, writable = true) => storageHandlers['storage/map'](host, { uri, writable }, call)
  const unmap = (uri: string) => storageHandlers['storage/unmap'](host, { uri }, call)
  const remove = (uri: string) => storageHandlers['storage/delete'](host, { uri }, call)
  const kept = made.move()
  const close = () => kept[Symbol.asyncDispose]()
  return { host, suri, other: portal.uri(suri), map, unmap, remove, [Symbol.asyncDispose]: close }
}

test('What is mapped for writing is given to no zone, under no name, until it is unmapped', async () => {
  await using rig = await hostWithUnit()
  const { host, suri, other } = rig
  const zone = await host.registry.saveConfig('web1', config(other))
  const files = { zone: 'web1', image: null, kernel: null, initrd: null, initialize: true }
  await rig.map(suri)
  const mapped = {
    code: 'STORAGE_IN_USE',
    message: `zone 'web1': "${suri}" is mapped here for writing`,
    remedy: `Take that back first: suriadm unmap ${suri}`,
  }
  await assert.rejects(installZone(host, zone, files, signal), mapped)
  await assert.rejects(attachZone(host, zone, signal, { force: true, initialize: true }), mapped)
  await host.registry.update(zone, { state: 'installed' })
  await assert.rejects(bootZone(host, zone, {}), mapped)
  await host.registry.saveConfig('web1', config('file:///own'))
  const wishes = [{ uri: other }]
  await assert.rejects(
    moveStorage(host, zone, { wishes, force: true, signal, progress: () => undefined }),
    mapped,
  )
  await host.registry.update(zone, { state: 'configured' })
  using arrivals = new Arrivals(host)
  const disks = [{ id: 0, storage: other, pciSlot: 1, serial: 's' }]
  const offer = {
    migrationId: crypto.randomUUID() as string,
    zone: 'web2',
    source: 'alpha',
    spec: { ...tinySpec('web2'), disks },
    configText: tinyConfig,
  }
  await assert.rejects(arrivals.reserve(offer), {
    code: 'STORAGE_IN_USE',
    message: `zone 'web2': "${suri}" is mapped for writing on the target; nothing was changed`,
    remedy: `On the target: suriadm unmap ${suri}`,
  })
  assert.deepEqual(host.reservations.pending(), [])
  // The check sees it before, under whatever name.
  const { storage } = await host.knowledge.facts([other, suri], [])
  assert.ok(isKnown(storage))
  assert.deepEqual(
    storage.known.map(({ uri, mappedAs }) => [uri, mappedAs]),
    [
      [other, suri],
      [suri, suri],
    ],
  )
  await assert.rejects(rig.map(other), { message: `"${suri}" is mapped here for writing` })
  // By the same name it has its path already.
  await rig.map(suri)
  await rig.unmap(suri)
  // What can only be read by its path is in nobody's way.
  await rig.map(suri, false)
  await host.registry.saveConfig('web1', config(other))
  await installZone(host, zone, files, signal)
  await rig.unmap(suri)
})

test('What a zone has, or is on its way here with, is not mapped for writing; nor what a zone takes meanwhile', async () => {
  await using rig = await hostWithUnit()
  const { host, suri, other } = rig
  const zone = await host.registry.saveConfig('web1', config(other))
  const inUse = {
    code: 'STORAGE_IN_USE',
    message: `"${suri}" is in use by zone 'web1' and cannot be mapped for writing`,
  }
  await host.registry.update(zone, { state: 'installed' })
  await assert.rejects(rig.map(suri), inUse)
  await host.registry.update(zone, { state: 'configured' })
  const disks = [{ id: 0, storage: other, pciSlot: 1, serial: 's' }]
  const arriving = { id: 'a', kind: 'arriving' as const, spec: { ...tinySpec('web1'), disks }, memory: null }
  host.reservations.take(arriving, await host.knowledge.stock(arriving.spec))
  await assert.rejects(rig.map(suri), inUse)
  host.reservations.drop('a')
  const mapping = rig.map(suri)
  while (!existsSync(host.layout.mappingFolder)) await delay(1)
  zone.claims = [other]
  await assert.rejects(mapping, inUse)
  assert.deepEqual(await readdir(host.layout.mappingFolder), [])
})

test('A file that is mapped for writing is not deleted', async () => {
  await using rig = await hostWithUnit()
  const { host } = rig
  const folder = host.layout.mappingFolder
  const uri = 'nfs://server/share/a'
  await mkdir(folder, { recursive: true })
  const { pid } = process
  const mapping = { uri, socket: 'x', writable: true, process: await processIdentity(pid) }
  await writeFile(join(folder, 'a.json'), JSON.stringify(mapping))
  await assert.rejects(rig.remove(uri), { message: `"${uri}" is mapped here for writing` })
})

test('A path that cannot be noted is not kept: no server is left that nobody knows', async () => {
  await using rig = await hostWithUnit()
  const folder = rig.host.layout.mappingFolder
  await rig.map(rig.suri)
  const [note = ''] = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  await rig.unmap(rig.suri)
  await mkdir(join(folder, note, 'in-the-way'), { recursive: true })
  await assert.rejects(rig.map(rig.suri))
  assert.deepEqual(await readdir(folder), [note])
  const servers = (await readdir('/proc')).map((pid) =>
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  )
  const left = (await Promise.all(servers)).filter((words) => words.includes(`--socket=${folder}`))
  assert.deepEqual(left, [])
})
