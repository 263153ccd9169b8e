import { testRule } from '../../../test/compat/rule-tester.ts'
import { configurationBooted } from './configuration-booted.ts'
import { configurationDevices } from './configuration-devices.ts'
import { configurationMemory } from './configuration-memory.ts'
import { configurationNics } from './configuration-nics.ts'
import { configurationPagesizePolicy } from './configuration-pagesize-policy.ts'
import { configurationPlatform } from './configuration-platform.ts'
import { configurationVcpus } from './configuration-vcpus.ts'

const absent = { targetContract: { known: null } }

testRule(configurationMemory, {
  passes: { 'a target that has no configuration': absent, 'equal memory': {} },
  refuses: {
    'less memory': {
      change: { 'targetContract.known.memory.physicalBytes': 2 * 2 ** 30 },
      finds: ['capped-memory:physical: 4G | 2G'],
    },
    'a difference of one byte': {
      change: { 'targetContract.known.memory.physicalBytes': 4 * 2 ** 30 + 1 },
      finds: ['capped-memory:physical: 4G | 4294967297'],
    },
  },
})

testRule(configurationPagesizePolicy, {
  passes: {
    'no policy on either side': {
      'contract.memory.pagesizePolicy': undefined,
      'targetContract.known.memory.pagesizePolicy': undefined,
    },
    'other memory': { 'targetContract.known.memory.physicalBytes': 1 },
  },
  refuses: {
    'a policy that only one side sets, and its page size': {
      change: {
        'contract.memory.pagesizePolicy': undefined,
        'targetContract.known.memory.pagesizePolicy': 'fixed',
        'targetContract.known.memory.pagesizeBytes': 2 ** 21,
      },
      finds: ['capped-memory:pagesize-policy: not set | fixed', 'capped-memory:pagesize: not set | 2M'],
    },
  },
})

testRule(configurationVcpus, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'more CPUs': { change: { 'targetContract.known.ncpus': 4 }, finds: ['virtual-cpu:ncpus: 2 | 4'] },
  },
})

testRule(configurationDevices, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'another disk, not to be booted from, under the same id': {
      change: {
        'targetContract.known.devices.0.storage': 'nfs://h/p',
        'targetContract.known.devices.0.bootpri': undefined,
      },
      finds: [
        'device 0:storage: iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.1 | nfs://h/p',
        'device 0:bootpri: 0 | not set',
      ],
    },
    'the same disk under another id': {
      change: { 'targetContract.known.devices.1.id': 5 },
      finds: [
        'device 1:storage: iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.2 | not set',
        'device 5:storage: not set | iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.2',
      ],
    },
  },
})

testRule(configurationNics, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'another MTU and a property that only one side sets': {
      change: {
        'targetContract.known.nics.0.properties.mtu': '9000',
        'contract.nics.0.properties.vlan-id': '7',
      },
      finds: ['anet 0:mtu: 1500 | 9000', 'anet 0:vlan-id: 7 | not set'],
    },
    'another generated address behind the same auto': {
      change: { 'targetContract.known.nics.0.macAddress': '02:08:20:00:00:01' },
      finds: ['anet 0:mac-address: 02:08:20:e7:b8:79 | 02:08:20:00:00:01'],
    },
    'a NIC that the target lacks': {
      change: { 'targetContract.known.nics': [], 'contract.nics.0.properties': { mtu: '1500' } },
      finds: ['anet 0:mtu: 1500 | not set', 'anet 0:mac-address: 02:08:20:e7:b8:79 | not set'],
    },
  },
})

testRule(configurationPlatform, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'another brand, class and level': {
      change: {
        'targetContract.known.brand': 'solaris',
        'targetContract.known.cpuArch': undefined,
        'targetContract.known.hostCompatible': ['adi'],
      },
      finds: [
        'brand: solaris-kz | solaris',
        'cpu-arch: migration-class1 | generic',
        'host-compatible: level1 | adi',
      ],
    },
  },
})

testRule(configurationBooted, {
  passes: {
    'an address that is not generated yet': { 'contract.nics.0.macAddress': undefined },
  },
  refuses: {
    'memory and CPUs changed after the boot': {
      change: { 'contract.memory.physicalBytes': 8 * 2 ** 30, 'contract.ncpus': 1 },
      finds: [
        'capped-memory:physical: 4G (running), 8G (configured) | 8G (as configured)',
        'virtual-cpu:ncpus: 2 (running), 1 (configured) | 1 (as configured)',
      ],
    },
    'a NIC added after the boot and one whose address was changed': {
      change: {
        'contract.nics.0.macAddress': '02:08:20:00:00:01',
        'contract.nics.1': {
          kind: 'net',
          id: 1,
          macAddress: '02:08:20:00:00:02',
          lowerLink: 'br0',
          properties: {},
        },
      },
      finds: [
        'anet 0:mac-address: 02:08:20:e7:b8:79 (running), 02:08:20:00:00:01 (configured) | 02:08:20:00:00:01 (as configured)',
        'net 1:mac-address: none (running), 02:08:20:00:00:02 (configured) | 02:08:20:00:00:02 (as configured)',
      ],
    },
  },
})
