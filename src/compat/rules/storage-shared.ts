import { lookAtStorage } from '../remedies.ts'
import { rule } from '../rule.ts'
import { sharedObjects } from '../storage-uri.ts'

export const storageShared = rule({
  id: 'storage/shared',
  title: 'What the source marks on a disk is seen by the target',
  doc:
    'Two servers may have disks of the same name, size and even identity. So the source puts a mark on each disk while ' +
    'the check runs, and the target looks for it. On iSCSI the mark is a registration key (SPC-4 persistent reservations) ' +
    'that keeps nobody out and touches nothing of what is on the disk; on NFS it is an empty file beside that of the ' +
    'disk. Storage that has no place for marks, or does not take them, is known by size and identity alone (storage/same, ' +
    'storage/unproven).',
  remedy: 'Find out what each host opens under this URI, and correct it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { sharing: 'sharing' },
  *check({ sharing }, { contract, intent, source, target }) {
    const missing = new Set((sharing ?? []).flatMap(({ uri, mark }) => (mark === 'missing' ? [uri] : [])))
    for (const { property, storage } of sharedObjects(contract, intent.kind)) {
      if (!missing.has(storage)) continue
      const how = `See what ${source.host.name} and ${target.host.name} find there, and correct portal or name of one of them`
      yield {
        property,
        source: `${storage}: marked`,
        target: `${storage}: no mark`,
        why: 'Each host opens a disk of this name, but not the same one',
        remedies: [lookAtStorage(storage, 'source', how), lookAtStorage(storage, 'target', how)],
      }
    }
  },
})
