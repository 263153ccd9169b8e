import { testRule } from '../../../test/compat/rule-tester.ts'
import { cpuMitigations } from './cpu-mitigations.ts'
import { cpuNested } from './cpu-nested.ts'
import { cpuSpectre } from './cpu-spectre.ts'
import { cpuTsc } from './cpu-tsc.ts'
import { cpuTscInvariant } from './cpu-tsc-invariant.ts'

const emulated = { 'boot.known.accelerator': 'tcg' }
const here = 'source.mitigations.known.vulnerabilities'
const there = 'target.mitigations.known.vulnerabilities'
const retpolines = 'Mitigation: Retpolines; IBPB: conditional; IBRS_FW; STIBP: conditional; RSB filling'

testRule(cpuSpectre, {
  passes: {
    'another protection': { [`${there}.spectre_v2`]: 'Mitigation: Enhanced / Automatic IBRS' },
    'a source that is not protected either': {
      [`${here}.spectre_v2`]: 'Vulnerable',
      [`${there}.spectre_v2`]: 'Vulnerable',
    },
    'a guest under TCG, which meets no such processor': {
      ...emulated,
      [`${there}.spectre_v2`]: 'Vulnerable',
    },
  },
  refuses: {
    'a target that is not protected': {
      change: { [`${there}.spectre_v2`]: 'Vulnerable; IBPB: disabled; STIBP: disabled' },
      finds: [`mitigation spectre_v2: ${retpolines} | Vulnerable; IBPB: disabled; STIBP: disabled`],
    },
  },
  unknown: {
    'if the kernel of either host does not tell': {
      change: { [here]: {}, [there]: {} },
      reason: /does not tell of spectre_v2/,
    },
  },
})

testRule(cpuMitigations, {
  passes: {
    'what was open before': { [`${here}.mds`]: 'Vulnerable', [`${there}.mds`]: 'Vulnerable: No microcode' },
    'newer microcode': { 'target.mitigations.known.microcode': '0x71b' },
    'older microcode of another processor': {
      'target.cpu.known.model': 'Xeon Gold',
      'target.mitigations.known.microcode': '0x1',
    },
    'hosts that do not tell their microcode': { 'target.mitigations.known.microcode': null },
    'a fault that the same processor does not have and the kernel there does not know': {
      [there]: { mds: 'Mitigation: x', spectre_v1: 'Mitigation: y', spectre_v2: 'Mitigation: z' },
    },
    'a guest under TCG': { ...emulated, [`${there}.mds`]: 'Vulnerable' },
    'Spectre V2, which is the matter of another rule': { [`${there}.spectre_v2`]: 'Vulnerable' },
  },
  refuses: {
    'each fault that is open there, and older microcode': {
      change: {
        [there]: { mds: 'Vulnerable: No microcode', tsx_async_abort: 'KVM: Vulnerable' },
        'target.mitigations.known.microcode': '0x70',
      },
      finds: [
        'mitigation mds: Mitigation: Clear CPU buffers; SMT vulnerable | Vulnerable: No microcode',
        'mitigation spectre_v1: Mitigation: usercopy/swapgs barriers and __user pointer sanitization | the kernel there does not know this fault',
        'mitigation tsx_async_abort: Not affected | KVM: Vulnerable',
        'microcode: 0x71a | 0x70',
      ],
    },
  },
})

const slower = { 'target.tsc.known.frequencyHz': 2_600_000_000 }

testRule(cpuTsc, {
  passes: {
    'a speed that differs as little as KVM lets pass': { 'target.tsc.known.frequencyHz': 2_900_700_000 },
    'a processor that can scale it': { ...slower, 'target.tsc.known.scaling': true },
    'a guest under TCG': { ...slower, ...emulated, 'boot.known.tscFrequencyHz': null },
    'a target without KVM: another rule refuses it': {
      'target.tsc.known.frequencyHz': null,
      'target.hypervisor.known.accelerator': 'tcg',
    },
    'a speed that was not told, where the processor can scale any': {
      'boot.known.tscFrequencyHz': null,
      'target.tsc.known.frequencyHz': null,
      'target.tsc.known.scaling': true,
    },
  },
  refuses: {
    'another speed': {
      change: slower,
      finds: [
        'TSC frequency: 2900.0 MHz (what the guest was given) | 2600.0 MHz, and the processor cannot scale it',
      ],
    },
  },
  unknown: {
    'if the guest was suspended by a kzone that did not note its speed': {
      change: { 'boot.known.tscFrequencyHz': null },
      reason: /^the speed of the counter that the guest was given was not told$/,
    },
    'if KVM of the target does not tell its own': {
      change: { 'target.tsc.known.frequencyHz': null },
      reason: /^the speed of the counter there was not told$/,
    },
    'the same if the hypervisor there is not known': {
      change: { 'target.tsc.known.frequencyHz': null, 'target.hypervisor': { unknown: 'not asked' } },
      reason: /^the speed of the counter there was not told$/,
    },
  },
})

const uneven = { 'target.tsc.known.invariant': false }

testRule(cpuTscInvariant, {
  passes: {
    'a source that has none either': { ...uneven, 'source.tsc.known.invariant': false },
    'a target that has one, unlike the source': { 'source.tsc.known.invariant': false },
    'a guest under TCG, whose counter QEMU makes up': { ...uneven, ...emulated },
  },
  refuses: {
    'a target that has none': { change: uneven, finds: ['TSC: invariant | not invariant on beta'] },
  },
})

const virtualising = { 'boot.known.cpuFeatures': ['lm', 'vmx'] }

testRule(cpuNested, {
  passes: {
    'a target that allows it': { ...virtualising, 'target.nested.known': true },
    'a guest that cannot have guests': { 'target.nested.known': false },
    'a guest under TCG': { ...virtualising, ...emulated },
  },
  refuses: {
    'a target that does not allow it': {
      change: virtualising,
      finds: ['nested virtualisation: the guest has vmx | off in the KVM of beta'],
    },
    'the same of AMD': {
      change: { 'boot.known.cpuFeatures': ['lm', 'svm'] },
      finds: ['nested virtualisation: the guest has svm | off in the KVM of beta'],
    },
  },
})
