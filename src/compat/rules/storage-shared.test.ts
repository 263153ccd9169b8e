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

const unit = 'lu:luname.naa.600144f0db000000'
const worldWide = {
  config: `select device id=0; set storage=${unit}; end`,
  ...Object.fromEntries(
    ['source', 'target'].map((side) => [
      `${side}.storage.known.0`,
      { uri: unit, opened: { sizeBytes: 2 ** 34, identity: 'naa.600144f0db000000' } },
    ]),
  ),
  sharing: { known: [{ uri: unit, mark: 'untried', words: 'it has no place for a mark' }] },
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
    'a disk of one identity whose mark was seen': { sharing: { known: [{ uri: boot, mark: 'seen' }] } },
    'a disk of one identity of which nobody tells whether it was marked': { sharing: { known: [] } },
    'a disk of two identities that takes no mark: another rule refuses it': {
      'target.storage.known.0.opened.identity': 'naa.5000',
      sharing: { known: [{ uri: boot, mark: 'untried', words: 'SCSI command 95 refused' }] },
    },
    'a unit by its world-wide name, which has no place for marks': worldWide,
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
    'a disk of one identity on which the mark could not be placed': {
      change: { sharing: { known: [{ uri: boot, mark: 'untried', words: 'SCSI command 95 refused' }] } },
      finds: [`device[id=0]:storage: ${boot} | not proved: SCSI command 95 refused`],
    },
    'the same where nothing was tried': {
      change: nameless,
      finds: [`device[id=0]:storage: ${boot} | not proved: no mark was tried`],
    },
  },
})
