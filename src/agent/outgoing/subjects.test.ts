import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { config, twoHostsAndAnImage } from '../../../test/fixtures/agent/two-hosts.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { isKnown } from '../../facts/schema.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import { subjectsOf } from './subjects.ts'

const withDisk = `${tinyConfig}add device; set storage=file:///zones/disk; set bootpri=0; end\n`

test('subjectsOf() tells of a zone that does not run what it would boot with here', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.host.registry.saveConfig('web1', withDisk)
  const { source, subjects } = await subjectsOf(rig.host, [zone])
  const [subject] = subjects
  assert.ok(subject !== undefined)
  assert.deepEqual([subject.state, Object.keys(subject.forms)], ['installed', ['cold']])
  assert.deepEqual(subject.storage, ['file:///zones/disk'])
  assert.deepEqual(subject.cpus, [cpuModel(undefined)])
  const { cold } = subject.forms
  assert.ok(cold !== undefined && isKnown(cold.boot), JSON.stringify(cold?.boot))
  assert.deepEqual([cold.zone.state, cold.zone.uuid], ['installed', tinySpec('web1').uuid])
  assert.equal(cold.boot.known.cpuModel, cpuModel(undefined))
  assert.deepEqual(
    cold.boot.known.devices.map(({ id }) => id),
    ['device0'],
  )
  assert.ok(isKnown(source.storage))
  assert.deepEqual(
    source.storage.known.map(({ uri }) => uri),
    ['file:///zones/disk'],
  )
})

test('subjectsOf() tells of a running zone what it booted with, and what it would boot with once it is down', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const { memoryBytes, cpu } = await rig.startMachine(zone)
  await rig.host.registry.saveConfig('web1', tinyConfig.replace('32M', '48M'))
  const [subject] = (await subjectsOf(rig.host, [zone])).subjects
  const { live, cold } = subject?.forms ?? {}
  assert.ok(live !== undefined && isKnown(live.boot) && cold !== undefined && isKnown(cold.boot))
  assert.deepEqual([live.zone.state, cold.zone.state], ['running', 'installed'])
  assert.deepEqual([live.boot.known.memoryBytes, live.boot.known.cpuModel], [memoryBytes, cpu])
  assert.equal(cold.boot.known.memoryBytes, 48 * 2 ** 20)
  assert.equal(live.contract.memory.physicalBytes, memoryBytes)
  assert.ok(subject?.cpus.includes(cpu))
})

test('subjectsOf() says of a zone that cannot be judged why, and tells of the others', async () => {
  await using rig = await agentHost()
  const damaged = await rig.zone('bad1', 'installed')
  await writeFile(rig.layout.config('bad1'), 'create -b\nset colour=red\n')
  const fresh = await rig.zone('new1')
  const { subjects } = await subjectsOf(rig.host, [damaged, fresh])
  const [bad, good] = subjects
  assert.match(bad?.problem ?? '', /bad1\.cfg" is damaged/)
  assert.deepEqual(bad?.forms, {})
  assert.deepEqual([good?.state, good?.forms.cold?.zone.uuid], ['configured', 'not assigned'])
})

test('subjectsOf() tells of a suspended zone also what its guest was suspended with, whatever is configured by now', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { rig, zone } = hosts.alpha
  await rig.host.registry.saveConfig('web1', `${config}set hostid=0x1\n`)
  const [subject] = (await subjectsOf(rig.host, [zone])).subjects
  const { warm } = subject?.forms ?? {}
  assert.deepEqual([warm?.contract.hostid, warm?.guest?.hostid], ['0x1', undefined])
  assert.equal(warm?.guest?.memory.physicalBytes, zone.record.suspended?.spec.memoryBytes)
})
