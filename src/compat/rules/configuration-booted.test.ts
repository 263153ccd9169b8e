import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { configurationBooted } from './configuration-booted.ts'

const suspendedGuest = {
  'zone.state': 'installed',
  'zone.auxiliary': ['suspended'],
  'intent.kind': 'warm',
}

testRule(configurationBooted, {
  passes: {
    'an address that is not generated yet': { config: 'select anet id=0; clear auto-mac-address; end' },
    'a suspended guest of which it is known what it was made from: another rule refuses': {
      ...suspendedGuest,
      'boot.known.memoryBytes': 2 ** 33,
      guest: changedInput({}).contract,
    },
  },
  refuses: {
    'memory changed after the guest was suspended': {
      change: { ...suspendedGuest, 'boot.known.memoryBytes': 2 ** 33 },
      finds: [
        'capped-memory:physical: 8G in the suspended guest, 4G in the configuration | 4G, as configured',
      ],
    },
    'memory and CPUs changed after the boot': {
      change: { config: 'select capped-memory; set physical=8G; end; select virtual-cpu; set ncpus=1; end' },
      finds: [
        'capped-memory:physical: 4G in the running guest, 8G in the configuration | 8G, as configured',
        'virtual-cpu:ncpus: 2 in the running guest, 1 in the configuration | 1, as configured',
      ],
    },
    'a NIC added after the boot and one whose address was changed': {
      change: {
        config:
          'select anet id=0; set mac-address=2:8:20:0:0:1; end; add net; set physical=br0; set mac-address=2:8:20:0:0:2; set id=1; end',
      },
      finds: [
        'anet[id=0]:mac-address: 02:08:20:e7:b8:79 in the running guest, 02:08:20:00:00:01 in the configuration | 02:08:20:00:00:01, as configured',
        'net[id=1]:mac-address: absent in the running guest, 02:08:20:00:00:02 in the configuration | 02:08:20:00:00:02, as configured',
      ],
    },
    'what was removed after the boot, and a disk that was added': {
      change: {
        config: `remove anet id=0; remove device id=1; add device; set storage=${luns[1]}; set id=4; end`,
      },
      finds: [
        'anet[id=0]: 02:08:20:e7:b8:79 in the running guest, absent in the configuration | absent, as configured',
        'device[id=1]: present in the running guest, absent in the configuration | absent, as configured',
        'device[id=4]: absent in the running guest, present in the configuration | present, as configured',
      ],
    },
  },
})
