import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import type { Progress } from '../api.ts'
import { readOwner } from '../ownership/own.ts'
import { bootZone } from './boot.ts'
import { cloneZone } from './clone.ts'
import { installZone } from './install.ts'

const mib = 1024 ** 2
const still = new AbortController().signal

/** With a boot disk, and a data disk if it has a size. */
const configOf = (name: string, { bootSize = '', dataSize = '' } = {}) =>
  [
    'create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=32M\nend',
    `add device\nset id=0\nset storage=file:///${name}.disk\nset bootpri=0${bootSize}\nend`,
    ...(dataSize === '' ? [] : [`add device\nset id=1\nset storage=file:///${name}.data${dataSize}\nend`]),
    '',
  ].join('\n')

const size = (text: string) => `\nset create-size=${text}`

async function rigWithOriginal() {
  const rig = await agentHost()
  const { host } = rig
  const path = (file: string) => join(rig.layout.root, file)
  const original = await host.registry.saveConfig(
    'old',
    configOf('old', { bootSize: size('8m'), dataSize: size('2m') }),
  )
  const kernel = path('kernel')
  await writeFile(kernel, 'a kernel')
  const options = { zone: 'old', image: null, kernel, initrd: null, initialize: false }
  await installZone(host, original, options, still)
  const content = { boot: randomBytes(8 * mib), data: randomBytes(2 * mib) }
  await writeFile(path('old.disk'), content.boot, { flag: 'r+' })
  await writeFile(path('old.data'), content.data, { flag: 'r+' })
  return { rig, host, path, original, content, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

test('A clone has what is on the disks, and an identity of its own', async () => {
  await using here = await rigWithOriginal()
  const { host, path, original, content } = here
  const zone = await host.registry.saveConfig('new', configOf('new', { dataSize: size('4m') }))
  const told: Progress[] = []
  const progress = (value: Progress) => void told.push(value)
  await cloneZone(host, zone, original, { signal: still, progress, initialize: false })
  assert.equal(zone.state, 'installed')
  assert.notEqual(zone.record.uuid, original.record.uuid)
  assert.deepEqual(zone.record.directBoot, original.record.directBoot)
  const [boot, data] = [await readFile(path('new.disk')), await readFile(path('new.data'))]
  assert.deepEqual([boot.length, data.length], [9 * mib, 4 * mib])
  assert.ok(boot.subarray(0, 8 * mib).equals(content.boot) && data.subarray(0, 2 * mib).equals(content.data))
  assert.equal((await readOwner(host, zone))?.zone, zone.record.uuid)
  assert.equal((await readOwner(host, original))?.zone, original.record.uuid)
  assert.ok(told.some((value) => value.kind === 'transfer' && value.remainingBytes === 0))
  assert.equal(original.operation, undefined)
})

test('A clone of a zone with two boot disks has host data of its own on both', async () => {
  await using here = await rigWithOriginal()
  const { host, path, content } = here
  const both = (name: string, sizes: object) =>
    configOf(name, sizes).replace(/(\.data.*)/, '$1\nset bootpri=1')
  const sizes = { bootSize: size('8m'), dataSize: size('2m') }
  await host.registry.saveConfig('pair', both('pair', sizes))
  const pair = host.registry.get('pair')
  const options = { zone: 'pair', image: null, kernel: null, initrd: null, initialize: false }
  await installZone(host, pair, options, still)
  await writeFile(path('pair.data'), content.data, { flag: 'r+' })
  // On one that is made, and one that is there.
  await writeFile(path('new.data'), Buffer.alloc(3 * mib, 7))
  const zone = await host.registry.saveConfig('new', both('new', { dataSize: size('2m') }))
  const how = { signal: still, progress: () => undefined, initialize: false }
  await cloneZone(host, zone, pair, how)
  const [boot, data] = [await readFile(path('new.disk')), await readFile(path('new.data'))]
  assert.deepEqual([boot.length, data.length], [9 * mib, 4 * mib])
  assert.ok(data.subarray(0, 2 * mib).equals(content.data))
  assert.deepEqual(zone.record.hostData?.replicas, [{ device: 1, sizeBytes: 3 * mib }])
  await bootZone(host, zone, {})
  await bootZone(host, pair, {})
})

test('What cannot be cloned is refused, and nothing is left', async () => {
  await using here = await rigWithOriginal()
  const { host, path, original } = here
  const options = { signal: still, progress: () => undefined, initialize: false }
  const zone = await host.registry.saveConfig('new', configOf('new'))
  await assert.rejects(cloneZone(host, zone, zone, options), {
    code: 'SAME_ZONE',
    remedy: /zoneadm -z new clone SOURCE$/,
  })
  await assert.rejects(cloneZone(host, zone, original, options), {
    code: 'DISKS_DIFFER',
    message: /only zone 'old' has a device 1/,
  })
  await host.registry.saveConfig('new', configOf('new', { bootSize: size('4m'), dataSize: size('2m') }))
  await assert.rejects(cloneZone(host, zone, original, options), { code: 'WRONG_SIZE' })
  assert.deepEqual(
    [zone.state, existsSync(path('new.disk')), existsSync(path('new.data'))],
    ['configured', false, false],
  )
  {
    using _held = original.begin('boot')
    await assert.rejects(cloneZone(host, zone, original, options), { code: 'ZONE_BUSY' })
  }
  await host.registry.update(original, { directBoot: undefined })
  await bootZone(host, original, {})
  await assert.rejects(cloneZone(host, zone, original, options), { code: 'WRONG_STATE' })
  assert.equal(zone.state, 'configured')
})
