import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { hypervisorAccelerator } from './hypervisor-accelerator.ts'
import { hypervisorArchitecture } from './hypervisor-architecture.ts'
import { hypervisorCapabilities } from './hypervisor-capabilities.ts'
import { hypervisorDevices } from './hypervisor-devices.ts'
import { hypervisorFaults } from './hypervisor-faults.ts'
import { hypervisorFirmware } from './hypervisor-firmware.ts'
import { hypervisorFirmwareBuild } from './hypervisor-firmware-build.ts'
import { hypervisorMachineType } from './hypervisor-machine-type.ts'
import { hypervisorVersion } from './hypervisor-version.ts'
import { hypervisorWayBack } from './hypervisor-way-back.ts'

testRule(hypervisorArchitecture, {
  passes: { 'equal architectures': {} },
  refuses: {
    'another one': {
      change: { 'target.architecture': 'aarch64' },
      finds: ['architecture: x86_64 | aarch64'],
    },
  },
})

const emulated = {
  'target.hypervisor.known.accelerator': 'tcg',
  'target.hypervisor.known.acceleratorReason': '/dev/kvm is not there',
}

testRule(hypervisorAccelerator, {
  passes: { 'TCG on both': { ...emulated, 'boot.known.accelerator': 'tcg' } },
  refuses: {
    'KVM to TCG, and why it is TCG': {
      change: emulated,
      finds: ['accelerator: kvm | tcg (/dev/kvm is not there)'],
    },
    'TCG to KVM': {
      change: { 'boot.known.accelerator': 'tcg' },
      finds: ['accelerator: tcg | kvm (a trial guest ran under KVM)'],
    },
  },
})

testRule(hypervisorMachineType, {
  passes: { 'an older type that both know': { 'boot.known.machineType': 'pc-q35-7.1' } },
  refuses: {
    'a version that is too new': {
      change: {
        config: 'set host-compatible=level2,memlzr',
        'boot.known.machineType': 'pc-q35-10.0',
        'boot.known.qemuVersion': '10.0.2',
      },
      finds: [
        'host-compatible: pc-q35-10.0 (host-compatible: level2,memlzr; QEMU 10.0.2) | pc-q35-7.1 to pc-q35-7.2 (QEMU 7.2.22)',
      ],
    },
    'a family that the target lacks': {
      change: { config: 'clear host-compatible', 'boot.known.machineType': 'microvm' },
      finds: ['host-compatible: microvm (host-compatible: not set; QEMU 7.2.22) | no microvm (QEMU 7.2.22)'],
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

const faulty = { 'target.hypervisor.known.qemuVersion': '10.1.2' }

testRule(hypervisorFaults, {
  passes: {
    'a faulty release for a guest that is spared': faulty,
    'the release with the cure': {
      'boot.known.memoryBytes': 8 * 2 ** 30,
      'target.hypervisor.known.qemuVersion': '10.1.3',
    },
  },
  refuses: {
    'a faulty release': {
      change: { ...faulty, 'boot.known.memoryBytes': 8 * 2 ** 30 },
      finds: ['QEMU version of the target: 7.2.22 | 10.1.2'],
    },
  },
})

testRule(hypervisorCapabilities, {
  passes: { 'the wanted ones among others': {} },
  refuses: {
    'what either lacks': {
      change: {
        'target.hypervisor.known.capabilities': ['auto-converge', 'events'],
      },
      finds: ['migration capability return-path: yes (QEMU 7.2.22) | no (QEMU 7.2.22)'],
    },
    'what the transfer uses and either lacks': {
      change: {
        'source.hypervisor.known.capabilities': ['events', 'return-path'],
      },
      finds: ['migration capability auto-converge: no (QEMU 7.2.22) | yes (QEMU 7.2.22)'],
    },
  },
})

const newerTarget = { 'target.hypervisor.known.machineTypes': ['pc-q35-7.2', 'pc-q35-9.2', 'pc-q35-10.0'] }

/** Features of the guest that the same CPU has on the target, and on the source had only when the guest booted. */
function featuresGone(features: readonly string[]) {
  const all = ['aes', 'lm', 'nx', 'sse4.1', ...features]
  return { 'boot.known.cpuFeatures': all, 'target.cpuModels.known.1.features.known': all }
}

const withoutPdcm = featuresGone(['pdcm'])

testRule(hypervisorWayBack, {
  passes: {
    'a newer QEMU on the target': newerTarget,
    'the newest machine on hosts that are equal': { config: 'set host-compatible=native' },
    'another build of the firmware of the same size': { 'source.firmware.known.0.sha256': 'ab'.repeat(32) },
    'firmware of another size, for a zone that boots anew': {
      'source.firmware.known.0.sizeBytes': 2 ** 17,
      'intent.kind': 'cold',
    },
    'firmware of the guest that could not be read: another rule says so': {
      'boot.known.firmware': { unknown: 'x' },
    },
    'a CPU feature that neither host gives: another rule refuses': {
      'boot.known.cpuFeatures': ['lm', 'pdcm'],
    },
    'a CPU feature that the source gives no more, for a zone that boots anew': {
      ...withoutPdcm,
      'intent.kind': 'cold',
    },
    'features that keep the guest where it is anyway': featuresGone(['invtsc', 'svm', 'vmx']),
  },
  refuses: {
    'a CPU feature that a newer QEMU of the source gives no more': {
      change: withoutPdcm,
      finds: ['cpu-arch: qemu64,+aes is without pdcm now | the guest keeps pdcm'],
    },
    'nested virtualisation that was switched off on the source after the guest booted': {
      change: { ...featuresGone(['vmx']), 'target.nested.known': true },
      finds: ['cpu-arch: qemu64,+aes is without vmx now | the guest keeps vmx'],
    },
    'the newest machine of a newer target': {
      change: { ...newerTarget, config: 'set host-compatible=native' },
      finds: [
        'host-compatible: native, pc-q35-7.1 to pc-q35-7.2 | native, pc-q35-10.0 from the next boot on',
      ],
    },
    'a source that was changed after the guest booted': {
      change: {
        'source.hypervisor.known.machineTypes': ['pc-q35-7.1'],
        'source.hypervisor.known.qemuVersion': '7.1.0',
        'source.hypervisor.known.accelerator': 'tcg',
        'source.cpuModels.known.1.unavailableFeatures': ['aes'],
      },
      finds: [
        'host-compatible: pc-q35-7.1 (QEMU 7.1.0, as installed now) | pc-q35-7.2 (the machine that the guest keeps)',
        'cpu-arch: lacks aes now | qemu64,+aes (what the guest keeps)',
        'accelerator: tcg for new guests (a trial guest ran under KVM) | kvm (what the guest keeps)',
      ],
    },
    'firmware of the source that has another size by now': {
      change: { 'source.firmware.known.0.sizeBytes': 2 ** 17 },
      finds: [
        'firmware: BIOS of 128K now (/usr/share/seabios/bios-256k.bin) | BIOS of 256K (what the guest keeps)',
      ],
    },
    'a source without firmware': {
      change: { 'source.firmware.known': [] },
      finds: ['firmware: QEMU finds no BIOS any more | BIOS of 256K (what the guest keeps)'],
    },
    'a CPU that the QEMU of the source no longer knows': {
      change: { 'source.cpuModels.known': [] },
      finds: ['cpu-arch: not known to QEMU there any more | qemu64,+aes (what the guest keeps)'],
    },
  },
})

test('the level that every host has leaves the modifiers of host-compatible', () => {
  const config = 'set host-compatible=native,adi,memlzr'
  for (const [rule, change] of [
    [hypervisorWayBack, newerTarget],
    [hypervisorMachineType, { 'target.hypervisor.known.machineTypes': ['pc-q35-7.1'] }],
  ] as const) {
    const commands = rule
      .judge(changedInput({ ...change, config }))
      .flatMap(({ remedies }) => remedies.flatMap((remedy) => remedy.commands.map(({ command }) => command)))
    assert.ok(commands.includes("zonecfg -z web1 'set host-compatible=level1,adi,memlzr'"), commands.join())
  }
})

const otherBuild = { 'target.firmware.known.0.sha256': 'ab'.repeat(32) }
const smaller = { 'target.firmware.known.0.sizeBytes': 2 ** 17 }

testRule(hypervisorFirmware, {
  passes: {
    'another build of the same size': otherBuild,
    'another size, for a zone that boots anew': { ...smaller, 'intent.kind': 'cold' },
  },
  refuses: {
    'a BIOS of another size': {
      change: smaller,
      finds: [
        'firmware: BIOS of 256K (in the running guest) | BIOS of 128K (/usr/share/seabios/bios-256k.bin)',
      ],
    },
    'no BIOS at all, whatever the kind': {
      change: { 'target.firmware.known': [], 'intent.kind': 'cold' },
      finds: ['firmware: BIOS of 256K | QEMU finds no BIOS'],
    },
  },
  unknown: {
    'if the BIOS of the running guest could not be read': {
      change: { 'boot.known.firmware': { unknown: 'the disk is full' } },
      reason: /disk is full/,
    },
  },
})

testRule(hypervisorFirmwareBuild, {
  passes: {
    'the same build': {},
    'another size: another rule refuses it': { ...otherBuild, ...smaller },
    'a BIOS that could not be read: another rule says so': { 'boot.known.firmware': { unknown: 'x' } },
  },
  refuses: {
    'another build': {
      change: otherBuild,
      finds: [
        'firmware build: sha256 2da2018c7555… (in the running guest) | sha256 abababababab… (/usr/share/seabios/bios-256k.bin)',
      ],
    },
  },
})
