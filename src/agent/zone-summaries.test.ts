import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { sampleConfig } from '../../test/compat/sample-input.ts'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { ZoneSummary } from '../facts/schema.ts'
import { zoneSummaries } from './zone-summaries.ts'

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
      storage: [1, 2].map((lun) => `iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.${lun}`),
    },
  ])
  for (const summary of summaries) assert.deepEqual(ZoneSummary.parse(summary), summary)
})

test('A zone whose configuration cannot be read holds nothing that is known, and hides no other', async () => {
  await using rig = await agentHost()
  for (const name of ['bad', 'good']) await rig.zone(name, 'installed')
  await writeFile(rig.layout.config('bad'), 'create -b\nset brand=sol')
  const [bad, good] = await zoneSummaries(rig.host.registry)
  assert.deepEqual([bad?.name, bad?.memoryBytes, bad?.storage], ['bad', 0, []])
  assert.deepEqual(
    [good?.name, good?.memoryBytes, good?.uuid],
    ['good', tinySpec('good').memoryBytes, tinySpec('good').uuid],
  )
})

test('A host without zones has no summaries', async () => {
  await using rig = await agentHost()
  assert.deepEqual(await zoneSummaries(rig.host.registry), [])
})
