import { testRule } from '../../../test/compat/rule-tester.ts'
import { cpuCount } from './cpu-count.ts'
import { cpuFeatures } from './cpu-features.ts'
import { cpuModel } from './cpu-model.ts'

testRule(cpuModel, {
  passes: { 'a model that it knows': { 'boot.known.cpuModel': 'qemu64' } },
  refuses: {
    'a model that it does not know': {
      change: { 'boot.known.cpuModel': 'Diamond' },
      finds: ['cpu-arch (CPU model): Diamond | not among the 2 that it knows'],
    },
  },
})

testRule(cpuFeatures, {
  passes: {
    'more features than the guest has': {},
    'a model that is not known: another rule refuses it': { 'boot.known.cpuModel': 'Diamond' },
  },
  refuses: {
    'all that are missing, sorted': {
      change: { 'boot.known.cpuFeatures': ['vaes', 'lm', 'fsrm', 'erms'] },
      finds: ['cpu-arch (features of Nehalem-v1): has erms, fsrm, vaes | lacks erms, fsrm, vaes'],
    },
  },
  unknown: {
    'if the model was not expanded there': {
      change: { 'boot.known.cpuModel': 'qemu64' },
      reason: /not asked for/,
    },
  },
})

testRule(cpuCount, {
  passes: { 'as many': { 'target.cpu.known.count': 2 } },
  refuses: {
    fewer: { change: { 'target.cpu.known.count': 1 }, finds: ['virtual-cpu:ncpus: 2 | 1 CPUs'] },
  },
})
