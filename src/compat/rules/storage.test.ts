import { testRule } from '../../../test/compat/rule-tester.ts'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import { storageClaimed } from './storage-claimed.ts'
import { storageLocal } from './storage-local.ts'
import { storageMultihost } from './storage-multihost.ts'
import { storageReachable } from './storage-reachable.ts'
import { storageSame } from './storage-same.ts'
import { storageSuspendImage } from './storage-suspend-image.ts'

const [bootDisk = ''] = sampleInput().contract.devices.map(({ storage }) => storage)

testRule(storageLocal, {
  passes: {
    'storage that both hosts reach': { 'contract.devices.0.storage': 'nfs://0:0@filer/export/web1' },
  },
  refuses: {
    'each local disk, whatever names it': {
      change: {
        'contract.devices.0.storage': 'dev:/dev/vg0/web1',
        'contract.devices.1.storage': undefined,
        'contract.devices.1.match': '/dev/sdc',
        'contract.devices.2': { id: 2, storage: 'file:///srv/web1.img', allowMhd: false },
      },
      finds: [
        'device 0:storage: dev:/dev/vg0/web1 (boot disk) | not on beta',
        'device 1:match: /dev/sdc (data disk) | not on beta',
        'device 2:storage: file:///srv/web1.img (data disk) | not on beta',
      ],
    },
  },
})

testRule(storageReachable, {
  passes: {
    'disks that the target has opened': {},
    'a local disk: another rule refuses it': { 'contract.devices.1.storage': 'dev:/dev/sdc' },
  },
  refuses: {
    'what the target said': {
      change: { 'target.storage.known.0': { uri: bootDisk, error: 'connection refused' } },
      finds: [`device 0:storage: ${bootDisk} | connection refused`],
    },
  },
  unknown: {
    'if a disk was not tried': { change: { 'target.storage.known': [] }, reason: /was not tried/ },
  },
})

testRule(storageSame, {
  passes: {
    'disks without an identity but of one size': {
      'target.storage.known.0.opened': { sizeBytes: 16 * 2 ** 30 },
    },
    'a disk that the target cannot open: another rule refuses it': {
      'target.storage.known.0': { uri: bootDisk, error: 'connection refused' },
    },
  },
  refuses: {
    'another size': {
      change: { 'target.storage.known.0.opened.sizeBytes': 32 * 2 ** 30 },
      finds: ['device 0:storage (size): 16G | 32G'],
    },
    'another identity': {
      change: { 'target.storage.known.1.opened.identity': 'naa.5000' },
      finds: ['device 1:storage (identity): naa.600144f0db1 | naa.5000'],
    },
  },
  unknown: {
    'if the source cannot open its own disk': {
      change: { 'source.storage.known.0': { uri: bootDisk, error: 'input/output error' } },
      reason: /input\/output error/,
    },
  },
})

testRule(storageMultihost, {
  passes: { 'disks without it': {} },
  refuses: {
    'each disk that allows it': {
      change: { 'contract.devices.1.allowMhd': true },
      finds: ['device 1:allow-mhd: true | reservations do not follow'],
    },
  },
})

testRule(storageClaimed, {
  passes: { 'the own configuration on the target': { 'target.zones.known.0.name': 'web1' } },
  refuses: {
    'a zone that has the same disk': {
      change: {
        'target.zones.known.1': {
          name: 'copy',
          uuid: 'b',
          state: 'installed',
          auxiliary: [],
          macAddresses: [],
          memoryBytes: 1,
          storage: [bootDisk],
        },
      },
      finds: [`device 0:storage: ${bootDisk} | used by zone copy`],
    },
  },
})

testRule(storageSuspendImage, {
  passes: { 'shared storage': {} },
  refuses: {
    'a path': {
      change: { 'contract.suspend': { path: '/system/zones/web1/suspend' } },
      finds: ['suspend:path: /system/zones/web1/suspend | not on beta'],
    },
    'none at all': {
      change: { 'contract.suspend': undefined },
      finds: ['suspend:storage: not set | not on beta'],
    },
  },
})
