import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { storageClaimed } from './storage-claimed.ts'

const image = luns[0]?.replace('lun.1', 'lun.3')

const other = {
  name: 'copy',
  uuid: 'b',
  state: 'installed',
  auxiliary: [],
  macAddresses: [],
  allowedAddresses: [],
  memoryBytes: 1,
  storage: [luns[0]],
}

testRule(storageClaimed, {
  passes: {
    'the own configuration on the target': {},
    'a zone that is only configured': { 'target.zones.known.1': { ...other, state: 'configured' } },
    'a configuration of its own that cannot be read: other rules refuse it': {
      'target.zones.known.0.unread': 'it is damaged',
      'source.zones.known.0.unread': 'it is damaged',
    },
    'another zone on the storage of an image, of a guest that is not suspended': {
      'target.zones.known.1': { ...other, storage: [image] },
    },
  },
  refuses: {
    'a zone of the target that has the same disk': {
      change: { 'target.zones.known.1': other },
      finds: [`device[id=0]:storage: ${luns[0]} | used by zone copy on beta (installed)`],
    },
    'the same unit by another portal, or by its world-wide name, once': {
      change: {
        'target.zones.known.1': {
          ...other,
          storage: [luns[0]?.replace('10.0.0.9', '[fd00::9]:3261'), 'iscsi:///luname.naa.600144f0db0'],
        },
      },
      finds: [`device[id=0]:storage: ${luns[0]} | used by zone copy on beta (installed)`],
    },
    'a zone of the source that runs with it': {
      change: { 'source.zones.known.1': { ...other, state: 'running' } },
      finds: [`device[id=0]:storage: ${luns[0]} | used by zone copy on alpha (running)`],
    },
    'another zone on the storage of the image of a suspended guest': {
      change: { 'intent.kind': 'warm', 'target.zones.known.1': { ...other, storage: [image] } },
      finds: [`suspend:storage: ${image} | used by zone copy on beta (installed)`],
    },
  },
  unknown: {
    'if it cannot be told what another zone has': {
      change: { 'target.zones.known.1': { ...other, storage: [], unread: 'it is damaged' } },
      reason: /^it is damaged$/,
    },
  },
})
