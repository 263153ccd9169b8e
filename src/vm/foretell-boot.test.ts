import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleConfig, sampleInput } from '../../test/compat/sample-input.ts'
import { BootRecord, type HostFacts, isKnown } from '../facts/schema.ts'
import { parseExport } from '../zone/parse-export.ts'
import { toContract } from '../zone/to-contract.ts'
import { cpuModel } from './cpu-class.ts'
import { foretellBoot } from './foretell-boot.ts'
import { toMachineSpec } from './to-machine-spec.ts'

const contract = toContract(parseExport(sampleConfig), { zonename: 'web1' })
const spec = toMachineSpec(contract, {
  uuid: '29be88cb-e61a-4204-8d9b-f4a61bf0efdd',
  accelerator: 'kvm',
  machineTypes: ['pc-q35-7.2'],
})

/** The source of the sample, whose QEMU can give the CPU of the zone. */
function facts(changes: Partial<HostFacts> = {}): HostFacts {
  const model = {
    name: cpuModel('migration-class1'),
    cpuArch: 'migration-class1',
    unavailableFeatures: [],
    features: { known: ['aes', 'lm'] },
  }
  return { ...sampleInput().source, cpuModels: { known: [model] }, ...changes }
}

test('foretellBoot() tells the machine of the contract, and of CPU and QEMU what the host has', () => {
  const boot = foretellBoot(spec, { pageBytes: 2 ** 21, facts: facts() })
  assert.ok(isKnown(boot))
  assert.deepEqual(BootRecord.parse(boot.known), boot.known)
  const { cpuFeatures, accelerator, qemuVersion, pagesizeBytes, maxCpus, memoryBytes } = boot.known
  assert.deepEqual(
    { cpuFeatures, accelerator, qemuVersion, pagesizeBytes, maxCpus, memoryBytes },
    {
      cpuFeatures: ['aes', 'lm'],
      accelerator: 'kvm',
      qemuVersion: '7.2.22',
      pagesizeBytes: 2 ** 21,
      maxCpus: 2,
      memoryBytes: 4 * 2 ** 30,
    },
  )
  assert.deepEqual(boot.known.nics, [{ kind: 'anet', id: 0, mac: '02:08:20:e7:b8:79', mtu: 1500 }])
  assert.deepEqual(
    boot.known.devices.map(({ id }) => id),
    ['device0', 'device1', 'anet0'],
  )
})

test('foretellBoot() is unknown, for the same reason, if a fact that it needs is', () => {
  const unknown = { unknown: 'QEMU is not installed', remedy: ['apt-get install qemu-system-x86'] }
  const tell = (changes: Partial<HostFacts>) => foretellBoot(spec, { pageBytes: 4096, facts: facts(changes) })
  assert.deepEqual(tell({ hypervisor: unknown }), unknown)
  assert.deepEqual(tell({ cpuModels: unknown }), unknown)
  const unasked = { name: spec.cpu, unavailableFeatures: [], features: { unknown: 'nobody asked' } }
  assert.deepEqual(tell({ cpuModels: { known: [unasked] } }), { unknown: 'nobody asked' })
})

test('foretellBoot() does not guess what a CPU is that QEMU was not asked for', () => {
  const boot = foretellBoot(spec, { pageBytes: 4096, facts: facts({ cpuModels: { known: [] } }) })
  assert.ok(!isKnown(boot))
  assert.match(boot.unknown, /QEMU on alpha has not been asked for the CPU "qemu64,\+ssse3/)
})
