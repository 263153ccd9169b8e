import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { storageClaimed } from './storage-claimed.ts'

const image = luns[0]?.replace('lun.1', 'lun.3')

/** Storage of which only a host that looks can tell what it is. */
const elsewhere = 'nfs://filer-b/export/disk0'

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
    'what may be a disk of no zone that holds one': {
      'target.storage.known.0.perhapsAs': [elsewhere],
      'target.zones.known.1': { ...other, storage: [elsewhere], state: 'configured' },
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
    'a zone on its way to the target, which is promised the disk': {
      change: {
        'target.zones.known.1': { ...other, state: 'configured', auxiliary: ['migrating-in'] },
      },
      finds: [`device[id=0]:storage: ${luns[0]} | used by zone copy on beta (on its way there)`],
    },
    'zones of both hosts whose disk is the same as each host sees, once each': {
      change: {
        'target.storage.known.0.sameAs': [elsewhere, luns[0]?.replace('10.0.0.9', 'san')],
        'target.zones.known.1': { ...other, storage: [elsewhere, luns[0]] },
        'source.storage.known.0.sameAs': ['nfs://filer-c/export/disk0'],
        'source.storage.known.0.perhapsAs': ['nfs://filer-c/export/disk0'],
        'source.zones.known.1': {
          ...other,
          name: 'double',
          uuid: 'c',
          storage: ['nfs://filer-c/export/disk0'],
        },
      },
      finds: [
        `device[id=0]:storage: ${luns[0]} | used by zone copy on beta (installed)`,
        `device[id=0]:storage: ${luns[0]} | used by zone double on alpha (installed)`,
      ],
    },
    'what cannot be opened there, since another zone has it alone': {
      change: {
        'target.storage.known.0': { uri: luns[0], error: 'refused', sameAs: [elsewhere] },
        'target.zones.known.1': { ...other, storage: [elsewhere] },
      },
      finds: [`device[id=0]:storage: ${luns[0]} | used by zone copy on beta (installed)`],
    },
    'a path of suriadm map -w on either host': {
      change: {
        'target.storage.known.0.mappedAs': elsewhere,
        'source.storage.known.1.mappedAs': luns[1],
      },
      finds: [
        `device[id=0]:storage: ${luns[0]} | mapped for writing on beta`,
        `device[id=1]:storage: ${luns[1]} | mapped for writing on alpha`,
      ],
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
    'if what another zone has could not be looked at': {
      change: {
        'target.storage.known.0.perhapsAs': [elsewhere],
        'target.zones.known.1': { ...other, storage: [elsewhere] },
      },
      reason: /,lun\.1 may be nfs:\/\/filer-b\/export\/disk0 of zone copy, which could not be looked at$/,
    },
  },
})
