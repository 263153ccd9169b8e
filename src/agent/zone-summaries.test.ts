import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { sampleConfig } from '../../test/compat/sample-input.ts'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { ZoneSummary } from '../facts/schema.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { RunningZone, Zone } from './zone.ts'
import type { SuspendedGuest } from './zone-record.ts'
import { zoneSummaries } from './zone-summaries.ts'

const iscsi = (lun: number) => `iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.${lun}`

test('The summary of a zone says what it holds', async () => {
  await using rig = await agentHost()
  const config = sampleConfig.replace('set mtu=1500', 'set mtu=1500; set allowed-address=10.0.0.7/24')
  const zone = await rig.host.registry.saveConfig('web1', config)
  await rig.host.registry.update(zone, { state: 'installed', uuid: 'u-1' })
  zone.moving = 'migrating-out'
  const summaries = await zoneSummaries(rig.host.registry)
  assert.deepEqual(summaries, [
    {
      name: 'web1',
      uuid: 'u-1',
      state: 'installed',
      auxiliary: ['migrating-out'],
      macAddresses: ['02:08:20:e7:b8:79'],
      allowedAddresses: ['10.0.0.7/24'],
      memoryBytes: 4 * 1024 ** 3,
      storage: [1, 2, 3].map(iscsi),
    },
  ])
  for (const summary of summaries) assert.deepEqual(ZoneSummary.parse(summary), summary)
})

/** A guest with other disks, NICs and memory than a configuration that was changed since says. */
const bootedSpec: MachineSpec = {
  ...tinySpec('web1'),
  disks: [{ id: 0, storage: 'nfs://filer/export/booted', pciSlot: 8, serial: 's' }],
  nics: [{ kind: 'anet', id: 0, pciSlot: 4, macAddress: '02:08:20:00:00:07' }],
}
const bootedConfig = sampleConfig.replace('set mtu=1500', 'set mtu=1500; set allowed-address=10.0.0.8/24')

/** Lets a zone seem to run; it does not any more at the end. */
function seemToRun(zone: Zone): Disposable {
  const record = { schema: 1, zoneId: 7, spec: bootedSpec, links: [], configText: bootedConfig, pageBytes: 1 }
  zone.running = { machine: { spec: bootedSpec }, record, console: undefined } as unknown as RunningZone
  return {
    [Symbol.dispose]() {
      zone.running = undefined
    },
  }
}

const bootedMacs = ['02:08:20:e7:b8:79', '02:08:20:00:00:07']

test('Further MAC addresses of a NIC are those of the zone', async () => {
  await using rig = await agentHost()
  const further = 'set mtu=1500; add mac; set mac-address=2:8:20:0:0:9; end;'
  await rig.host.registry.saveConfig('web1', sampleConfig.replace('set mtu=1500;', further))
  const [summary] = await zoneSummaries(rig.host.registry)
  assert.deepEqual(summary?.macAddresses, ['02:08:20:e7:b8:79', '02:08:20:00:00:09'])
})

test('What a running zone booted with counts beside its configuration, which was changed since', async () => {
  await using rig = await agentHost()
  const config = sampleConfig.replace('set mtu=1500', 'set mtu=1500; set allowed-address=10.0.0.7/24')
  using _ = seemToRun(await rig.host.registry.saveConfig('web1', config))
  const [summary] = await zoneSummaries(rig.host.registry)
  assert.equal(summary?.state, 'running')
  assert.deepEqual(summary.macAddresses, bootedMacs)
  assert.deepEqual(summary.allowedAddresses, ['10.0.0.7/24', '10.0.0.8/24'])
  assert.equal(summary.memoryBytes, bootedSpec.memoryBytes)
  assert.deepEqual(summary.storage, [iscsi(1), iscsi(2), 'nfs://filer/export/booted', iscsi(3)])
})

test('What a suspended guest goes on with counts, and where its image is', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const suspended = {
    place: { storage: 'nfs://filer/export/image' },
    spec: bootedSpec,
    configText: bootedConfig,
    phase: 'whole',
  } as SuspendedGuest
  zone.record = { ...zone.record, suspended }
  const [summary] = await zoneSummaries(rig.host.registry)
  assert.deepEqual(summary?.macAddresses, bootedMacs)
  assert.deepEqual(summary.allowedAddresses, ['10.0.0.8/24'])
  assert.deepEqual(summary.storage, ['nfs://filer/export/booted', 'nfs://filer/export/image'])
})

test('A zone whose configuration cannot be read says so, and hides no other', async () => {
  await using rig = await agentHost()
  for (const name of ['bad', 'good']) await rig.zone(name, 'installed')
  await writeFile(rig.layout.config('bad'), 'create -b\nset brand=sol')
  const [bad, good] = await zoneSummaries(rig.host.registry)
  assert.deepEqual([bad?.name, bad?.memoryBytes, bad?.storage], ['bad', 0, []])
  assert.match(bad?.unread ?? '', /The configuration ".*bad\.cfg" is damaged/)
  assert.deepEqual(ZoneSummary.parse(bad), bad)
  assert.deepEqual(
    [good?.name, good?.memoryBytes, good?.uuid, good?.unread],
    ['good', tinySpec('good').memoryBytes, tinySpec('good').uuid, undefined],
  )
})

test('A configuration that is missing is one that cannot be read', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rm(rig.layout.config('web1'))
  zone.configMissing = true
  const [summary] = await zoneSummaries(rig.host.registry)
  assert.deepEqual([summary?.state, summary?.unread], ['incomplete', 'its configuration is missing'])
})

test('A configuration that cannot be read does not matter for a zone that runs, or is only configured', async () => {
  await using rig = await agentHost()
  const running = await rig.zone('runs', 'installed')
  await rig.zone('bare', 'configured')
  for (const name of ['runs', 'bare']) await writeFile(rig.layout.config(name), 'create -b\nset brand=sol')
  using _ = seemToRun(running)
  const [bare, runs] = await zoneSummaries(rig.host.registry)
  assert.deepEqual([bare?.state, bare?.unread], ['configured', undefined])
  assert.deepEqual([runs?.state, runs?.unread, runs?.macAddresses], ['running', undefined, bootedMacs])
})

test('A host without zones has no summaries', async () => {
  await using rig = await agentHost()
  assert.deepEqual(await zoneSummaries(rig.host.registry), [])
})
