import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { storageShared } from './storage-shared.ts'
import { storageUnproven } from './storage-unproven.ts'

const [boot = '', data = ''] = luns
const image = 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.3'
const nameless = {
  'source.storage.known.0.opened': { sizeBytes: 2 ** 34 },
  'target.storage.known.0.opened': { sizeBytes: 2 ** 34 },
}

testRule(storageShared, {
  passes: {
    'marks that are seen': { sharing: { known: luns.map((uri) => ({ uri, mark: 'seen' })) } },
    'where nothing was tried': { sharing: { known: null } },
    'storage that takes no marks': {
      sharing: { known: [{ uri: boot, mark: 'untried', words: 'SCSI command 95 refused' }] },
    },
    'what is not of this zone': { sharing: { known: [{ uri: 'iscsi://other', mark: 'missing' }] } },
  },
  refuses: {
    'a disk on which the target finds no mark': {
      change: {
        sharing: {
          known: [
            { uri: boot, mark: 'seen' },
            { uri: data, mark: 'missing' },
          ],
        },
      },
      finds: [`device[id=1]:storage: ${data}: marked | ${data}: no mark`],
    },
    'an image of a suspended guest on which the target finds no mark': {
      change: {
        'intent.kind': 'warm',
        sharing: { known: [...luns.map((uri) => ({ uri, mark: 'seen' })), { uri: image, mark: 'missing' }] },
      },
      finds: [`suspend:storage: ${image}: marked | ${image}: no mark`],
    },
  },
})

testRule(storageUnproven, {
  passes: {
    'disks of one identity': {},
    'a disk without an identity whose mark was seen': {
      ...nameless,
      sharing: { known: [{ uri: boot, mark: 'seen' }] },
    },
    'a disk that the target cannot open: another rule refuses it': {
      ...nameless,
      'target.storage.known.0': { uri: boot, error: 'connection refused' },
    },
    'storage of which nothing is known: other rules cannot tell': {
      'target.storage': { unknown: 'not asked' },
    },
  },
  refuses: {
    'a disk without an identity that takes no mark': {
      change: {
        ...nameless,
        sharing: { known: [{ uri: boot, mark: 'untried', words: 'it has no place for a mark' }] },
      },
      finds: [`device[id=0]:storage: ${boot} | not proved: it has no place for a mark`],
    },
    'the same where nothing was tried': {
      change: nameless,
      finds: [`device[id=0]:storage: ${boot} | not proved: no mark was tried`],
    },
  },
})
