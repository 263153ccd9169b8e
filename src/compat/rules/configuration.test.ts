import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns, sampleInput } from '../../../test/compat/sample-input.ts'
import { configurationDevices } from './configuration-devices.ts'
import { configurationKey } from './configuration-key.ts'
import { configurationMemory } from './configuration-memory.ts'
import { configurationNics } from './configuration-nics.ts'
import { configurationPagesizePolicy } from './configuration-pagesize-policy.ts'
import { configurationPlatform } from './configuration-platform.ts'
import { configurationSuspended } from './configuration-suspended.ts'
import { configurationVcpus } from './configuration-vcpus.ts'

const absent = { targetConfig: null }

testRule(configurationMemory, {
  passes: { 'a target that has no configuration': absent, 'equal memory': {} },
  refuses: {
    'less memory': {
      change: { targetConfig: 'select capped-memory; set physical=2G; end' },
      finds: ['capped-memory:physical: 4G | 2G'],
    },
    'a difference of one page': {
      change: { targetConfig: 'select capped-memory; set physical=4098M; end' },
      finds: ['capped-memory:physical: 4G | 4098M'],
    },
  },
})

testRule(configurationPagesizePolicy, {
  passes: {
    'no policy on either side': {},
    'other memory': { targetConfig: 'select capped-memory; set physical=2G; end' },
  },
  refuses: {
    'a policy that only one side sets, and its page size': {
      change: {
        targetConfig: 'select capped-memory; set pagesize-policy=fixed; set pagesize=2M; end',
      },
      finds: ['capped-memory:pagesize-policy: not set | fixed', 'capped-memory:pagesize: not set | 2M'],
    },
  },
})

testRule(configurationVcpus, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'more CPUs': {
      change: { targetConfig: 'select virtual-cpu; set ncpus=4; end' },
      finds: ['virtual-cpu:ncpus: 2 | 4'],
    },
    'one CPU, by default': {
      change: { targetConfig: 'remove virtual-cpu' },
      finds: ['virtual-cpu:ncpus: 2 | 1'],
    },
  },
})

testRule(configurationDevices, {
  passes: { 'a target that has no configuration': absent },
  refuses: {
    'another disk, not to be booted from, under the same id': {
      change: { targetConfig: 'select device id=0; set storage=nfs://h/s/p; clear bootpri; end' },
      finds: [`device[id=0]:storage: ${luns[0]} | nfs://h/s/p`, 'device[id=0]:bootpri: 0 | not set'],
    },
    'the same disk under another id': {
      change: { targetConfig: 'select device id=1; set id=5; end' },
      finds: [`device[id=1]: present (${luns[1]}) | absent`, `device[id=5]: absent | present (${luns[1]})`],
    },
  },
})

testRule(configurationNics, {
  passes: {
    'a target that has no configuration': absent,
    'a default that is written out': {
      targetConfig: 'select anet id=0; set link-protection=mac-nospoof; end',
    },
  },
  refuses: {
    'another bridge, another MTU and a property that only one side sets': {
      change: {
        config: 'select anet id=0; set vlan-id=7; end',
        targetConfig: 'select anet id=0; set lower-link=br1; set mtu=9000; end',
      },
      finds: [
        'anet[id=0]:lower-link: br0 | br1',
        'anet[id=0]:vlan-id: 7 | not set',
        'anet[id=0]:mtu: 1500 | 9000',
      ],
    },
    'another generated address behind the same auto': {
      change: { targetConfig: 'select anet id=0; set auto-mac-address=2:8:20:0:0:1; end' },
      finds: ['anet[id=0]:mac-address: 2:8:20:e7:b8:79 | 2:8:20:0:0:1'],
    },
    'a NIC that the target lacks, as a whole': {
      change: { targetConfig: 'remove anet id=0' },
      finds: ['anet[id=0]: present (2:8:20:e7:b8:79) | absent'],
    },
    'a VLAN within a NIC': {
      change: { targetConfig: 'select anet id=0; add vlan; set vlan-id=7; end; end' },
      finds: ['anet[id=0]:vlan[vlan-id=7]: absent | present (7)'],
    },
  },
})

testRule(configurationPlatform, {
  passes: {
    'a target that has no configuration': absent,
    'a class that is the default': { config: 'clear cpu-arch', targetConfig: 'set cpu-arch=generic' },
  },
  refuses: {
    'another class, and a level of the same effect that is written in another way': {
      change: { targetConfig: 'clear cpu-arch; set host-compatible=adi' },
      finds: ['cpu-arch: migration-class1 | generic', 'host-compatible: level1 | adi'],
    },
  },
})

/** A suspended guest whose machine was made from the sample's configuration. */
const guest = sampleInput().contract

testRule(configurationSuspended, {
  passes: {
    'a zone whose guest is not known': { config: 'set hostid=0x1' },
    'the configuration that it was suspended with': { guest },
    'a target that has no configuration': { guest, ...absent },
    'what a guest does not see': {
      guest,
      config: 'select anet id=0; set lower-link=br1; end; set autoboot=false',
    },
    'a class that is the default': {
      guest: { ...guest, cpuArch: undefined },
      config: 'set cpu-arch=generic',
    },
  },
  refuses: {
    'another host id at the target alone': {
      change: { guest, targetConfig: 'set hostid=0x1' },
      finds: ['hostid: 0x2e7d2173 | 0x1'],
    },
    'memory, CPUs, class and host id changed on both hosts': {
      change: {
        guest,
        config:
          'select capped-memory; set physical=8G; end; select virtual-cpu; set ncpus=1; end; clear cpu-arch; clear hostid',
      },
      finds: [
        'capped-memory:physical: 4G in the suspended guest, 8G in the configuration | 8G',
        'virtual-cpu:ncpus: 2 in the suspended guest, 1 in the configuration | 1',
        'cpu-arch: migration-class1 in the suspended guest, generic in the configuration | generic',
        'hostid: 0x2e7d2173 in the suspended guest, not set in the configuration | not set',
        'hostid: 0x2e7d2173 | not set',
      ],
    },
    'other storage, a disk that was added and one that was removed': {
      change: {
        guest,
        ...absent,
        config: `select device id=0; set storage=nfs://h/s/p; end; remove device id=1; add device; set storage=${luns[1]}; set id=4; end`,
      },
      finds: [
        `device[id=0]:storage: ${luns[0]} in the suspended guest, nfs://h/s/p in the configuration | nfs://h/s/p`,
        'device[id=1]: present in the suspended guest, not set in the configuration | not set',
        'device[id=4]: not set in the suspended guest, present in the configuration | present',
      ],
    },
    'another address and another MTU': {
      change: {
        guest,
        ...absent,
        config: 'select anet id=0; set mac-address=2:8:20:0:0:1; clear mtu; end',
      },
      finds: [
        'anet[id=0]:mac-address: 02:08:20:e7:b8:79 in the suspended guest, 02:08:20:00:00:01 in the configuration | 02:08:20:00:00:01',
        'anet[id=0]:mtu: 1500 in the suspended guest, not set in the configuration | not set',
      ],
    },
  },
})

testRule(configurationKey, {
  passes: {
    'no key on either host': {},
    'one key on both': { 'keys.known': { here: 'a1', there: 'a1' } },
    'a target that has no configuration': { ...absent, 'keys.known': null },
    'one that will import it, with the same key where its URI leads': {
      ...absent,
      'keys.known': { here: 'a1', there: 'a1' },
    },
  },
  refuses: {
    'another key where the URI leads on a target that will import it': {
      change: { ...absent, 'keys.known': { here: 'a1', there: 'b2' } },
      finds: ['keysource:raw: a key (it is not shown) | another key'],
    },
    'another key': {
      change: { 'keys.known': { here: 'a1', there: 'b2' } },
      finds: ['keysource:raw: a key (it is not shown) | another key'],
    },
    'a key that the target lacks': {
      change: { 'keys.known': { here: 'a1', there: null } },
      finds: ['keysource:raw: a key (it is not shown) | no key'],
    },
    'a key that only the target has': {
      change: { 'keys.known': { here: null, there: 'b2' } },
      finds: ['keysource:raw: no key | a key (it is not shown)'],
    },
  },
  unknown: {
    'if nobody compared the keys': { change: { 'keys.known': null }, reason: /nobody has compared/ },
  },
})
