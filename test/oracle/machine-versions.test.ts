import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definedFeatures } from '../../src/facts/cpu-features.ts'
import { queryCpuModels, questionArguments } from '../../src/facts/query-hypervisor.ts'
import { startProbe } from '../../src/qmp/one-shot.ts'
import { machinesSchema } from '../../src/qmp/schemas.ts'
import { cpuClassNames, cpuModel } from '../../src/vm/cpu-class.ts'
import { machineType, q35Versions } from '../../src/vm/machine-type.ts'
import { ensureQemu10 } from './ensure-qemu-10.ts'

/** What a guest is given by each class and each model of QEMU's, on this machine. */
async function featuresOn(binary: string, machine: string) {
  const words = questionArguments('tcg').map((word) => (word === 'q35' ? machine : word))
  await using qmp = await startProbe(binary, words)
  const machines = await qmp.execute('query-machines', {}, { schema: machinesSchema })
  const models = [...cpuClassNames.map(cpuModel), ...(await queryCpuModels(qmp)).keys()]
  const features = new Map<string, readonly string[]>()
  for (const model of models) features.set(model, [...(await definedFeatures(qmp, model))].toSorted())
  return { versions: q35Versions(machines.map(({ name }) => name)), features }
}

test('Facts ask with the newest q35: on each machine that a zone can boot with a CPU has the same features', async () => {
  for (const binary of ['qemu-system-x86_64', await ensureQemu10()]) {
    const { versions, features } = await featuresOn(binary, 'q35')
    const ours = versions.slice(versions.indexOf(machineType([], versions)))
    assert.ok(ours.length > 0 && features.size > 50)
    for (const version of ours)
      assert.deepEqual((await featuresOn(binary, version)).features, features, version)
    // Or nothing could differ.
    assert.notDeepEqual((await featuresOn(binary, 'pc-q35-2.11')).features, features)
  }
})
