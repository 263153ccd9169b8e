import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changes } from '../../../test/compat/apply-changes.ts'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { cpuCount } from './cpu-count.ts'
import { cpuFeatures } from './cpu-features.ts'
import { cpuModel } from './cpu-model.ts'
import { cpuTied } from './cpu-tied.ts'
import { cpuVendor } from './cpu-vendor.ts'

const lacking = {
  'target.cpuModels.known.1.unavailableFeatures': ['aes'],
  'target.cpuModels.known.1.features': { known: ['lm', 'nx', 'sse4.1'] },
}

testRule(cpuModel, {
  passes: { 'a class that both have': { 'boot.known.cpuModel': 'qemu64,+sse4.1' } },
  refuses: {
    'a model that it does not know': {
      change: { 'boot.known.cpuModel': 'Diamond' },
      finds: ['cpu-arch: migration-class1 (Diamond) | not among the 4 CPU models of its QEMU'],
    },
    'a model that it cannot make in full, whatever the kind': {
      change: { ...lacking, 'intent.kind': 'cold' },
      finds: ['cpu-arch: migration-class1 (qemu64,+aes) | lacks aes (Xeon E5-2690)'],
    },
  },
  unknown: {
    'if nobody asked what the model means there': {
      change: { 'boot.known.cpuModel': 'EPYC' },
      reason: /nobody asked/,
    },
  },
})

testRule(cpuFeatures, {
  passes: {
    'more features than the guest has': { 'boot.known.cpuFeatures': ['lm'] },
    'a model that is not known: another rule refuses it': { 'boot.known.cpuModel': 'Diamond' },
    'a model that cannot be made: another rule refuses it': lacking,
  },
  refuses: {
    'all that are missing, sorted': {
      change: { 'boot.known.cpuFeatures': ['vaes', 'lm', 'fsrm', 'erms'] },
      finds: ['cpu-arch: the guest has erms, fsrm, vaes | qemu64,+aes there is without erms, fsrm, vaes'],
    },
  },
})

testRule(cpuVendor, {
  passes: {
    'another model of the same vendor': { 'target.cpu.known.model': 'Xeon Gold' },
    'another vendor under TCG, where QEMU makes one up': {
      'target.cpu.known.vendor': 'AuthenticAMD',
      'boot.known.accelerator': 'tcg',
    },
  },
  refuses: {
    'Intel to AMD': {
      change: { 'target.cpu.known': { vendor: 'AuthenticAMD', model: 'EPYC 7763', count: 64 } },
      finds: ['CPU vendor: GenuineIntel (Xeon E5-2690) | AuthenticAMD (EPYC 7763)'],
    },
  },
})

testRule(cpuTied, {
  passes: {
    "a host's CPU on a host with the same one": { 'boot.known.cpuModel': 'host' },
    'a class on another processor': { 'target.cpu.known.model': 'Xeon Gold' },
    'a class under TCG in another QEMU': {
      'boot.known.accelerator': 'tcg',
      'target.hypervisor.known.qemuVersion': '10.0.2',
    },
    'a model of 64 bits under KVM in another QEMU': {
      'boot.known.cpuModel': 'EPYC',
      'target.hypervisor.known.qemuVersion': '10.0.2',
    },
    'a model under TCG in an update of the same QEMU': {
      'boot.known.cpuModel': 'EPYC',
      'boot.known.accelerator': 'tcg',
      'target.hypervisor.known.qemuVersion': '7.2.23',
    },
  },
  refuses: {
    "a host's CPU on another one": {
      change: { 'boot.known.cpuModel': 'host', 'target.cpu.known.model': 'Xeon Gold' },
      finds: ['cpu-arch: host on Xeon E5-2690 | Xeon Gold'],
    },
    'a model under TCG in another QEMU': {
      change: {
        'boot.known.cpuModel': 'EPYC',
        'boot.known.accelerator': 'tcg',
        'target.hypervisor.known.qemuVersion': '10.0.2',
      },
      finds: ['cpu-arch: EPYC of QEMU 7.2.22 (tcg) | EPYC of QEMU 10.0.2'],
    },
    'a model of 32 bits in another QEMU': {
      change: {
        'boot.known.cpuModel': 'EPYC',
        'boot.known.cpuFeatures': ['nx'],
        'target.hypervisor.known.qemuVersion': '10.0.2',
      },
      finds: ['cpu-arch: EPYC of QEMU 7.2.22 (kvm) | EPYC of QEMU 10.0.2'],
    },
    'a clock that runs at the speed of one host': {
      change: { 'boot.known.cpuFeatures': ['invtsc', 'lm'] },
      finds: ['cpu-arch: invariant TSC (invtsc) on Xeon E5-2690 | Xeon E5-2690'],
    },
  },
})

testRule(cpuCount, {
  passes: { 'as many': { 'target.cpu.known.count': 2 } },
  refuses: {
    fewer: {
      change: { 'target.cpu.known.count': 1 },
      finds: ['virtual-cpu:ncpus: 2 in the zone | 1 in beta (Xeon E5-2690)'],
    },
  },
})

function remediesOf(change: Changes) {
  return cpuModel.judge(changedInput(change)).flatMap(({ remedies }) => remedies)
}

test('cpu/model names the best class that both hosts give, for both configurations', () => {
  const [remedy, ...others] = remediesOf({ 'boot.known.cpuModel': 'Diamond' })
  assert.deepEqual(others, [])
  assert.deepEqual(remedy?.commands, [
    { host: 'alpha', command: "zonecfg -z web1 'set cpu-arch=migration-class1'" },
    { host: 'beta', command: "zonecfg -z web1 'set cpu-arch=migration-class1'" },
    { host: 'alpha', command: 'zoneadm -z web1 shutdown -r' },
  ])
})

test('cpu/model names a weaker class if the target lacks the better one, and the source alone without a configuration there', () => {
  const [remedy] = remediesOf({ ...lacking, targetConfig: null })
  assert.deepEqual(remedy?.commands, [
    { host: 'alpha', command: "zonecfg -z web1 'set cpu-arch=generic'" },
    { host: 'alpha', command: 'zoneadm -z web1 shutdown -r' },
  ])
})

test('cpu/model says so if no class is common', () => {
  const none = { 'boot.known.cpuModel': 'Diamond', 'source.cpuModels.known': [] }
  assert.match(remediesOf(none)[0]?.how ?? '', /no CPU class in common/)
})
