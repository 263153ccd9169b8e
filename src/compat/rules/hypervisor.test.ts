import { testRule } from '../../../test/compat/rule-tester.ts'
import { hypervisorAccelerator } from './hypervisor-accelerator.ts'
import { hypervisorArchitecture } from './hypervisor-architecture.ts'
import { hypervisorCapabilities } from './hypervisor-capabilities.ts'
import { hypervisorDevices } from './hypervisor-devices.ts'
import { hypervisorMachineType } from './hypervisor-machine-type.ts'
import { hypervisorVersion } from './hypervisor-version.ts'

testRule(hypervisorArchitecture, {
  passes: { 'equal architectures': {} },
  refuses: {
    'another one': {
      change: { 'target.architecture': 'aarch64' },
      finds: ['architecture: x86_64 | aarch64'],
    },
  },
})

testRule(hypervisorAccelerator, {
  passes: {
    'TCG on both': { 'boot.known.accelerator': 'tcg', 'target.hypervisor.known.accelerator': 'tcg' },
  },
  refuses: {
    'KVM to TCG': {
      change: { 'target.hypervisor.known.accelerator': 'tcg' },
      finds: ['accelerator: kvm | tcg'],
    },
    'TCG to KVM': { change: { 'boot.known.accelerator': 'tcg' }, finds: ['accelerator: tcg | kvm'] },
  },
})

testRule(hypervisorMachineType, {
  passes: { 'an older type that both know': { 'boot.known.machineType': 'pc-q35-7.1' } },
  refuses: {
    'a version that is too new': {
      change: { 'boot.known.machineType': 'pc-q35-10.0' },
      finds: ['host-compatible (machine type): pc-q35-10.0 | pc-q35-7.1, pc-q35-7.2'],
    },
    'a family that the target lacks': {
      change: { 'boot.known.machineType': 'microvm' },
      finds: ['host-compatible (machine type): microvm | none of microvm'],
    },
  },
})

testRule(hypervisorDevices, {
  passes: { 'models that both have': {} },
  refuses: {
    'each model that is not there, with the devices of that model': {
      change: { 'target.hypervisor.known.devices': ['virtio-net-pci'] },
      finds: ['device model virtio-blk-pci: used by device0, device1 | not in QEMU 7.2.22'],
    },
  },
})

testRule(hypervisorVersion, {
  passes: { 'a newer one, of two digits': { 'target.hypervisor.known.qemuVersion': '10.0.2' } },
  refuses: {
    'an older one': {
      change: { 'boot.known.qemuVersion': '10.0.2' },
      finds: ['QEMU version: 10.0.2 | 7.2.22'],
    },
  },
})

testRule(hypervisorCapabilities, {
  passes: { 'the wanted ones among others': {} },
  refuses: {
    'what either lacks': {
      change: { 'target.hypervisor.known.capabilities': ['events', 'return-path'] },
      finds: ['migration capability pause-before-switchover: yes (QEMU 7.2.22) | no (QEMU 7.2.22)'],
    },
  },
})
