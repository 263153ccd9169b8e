import { testRule } from '../../../test/compat/rule-tester.ts'
import { luns } from '../../../test/compat/sample-input.ts'
import { storageShared } from './storage-shared.ts'

const [boot = '', data = ''] = luns

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
  },
})
