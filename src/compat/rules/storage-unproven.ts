import type { StorageProbe } from '../../facts/schema.ts'
import { probesByUri } from '../facts-index.ts'
import { lookAtStorage } from '../remedies.ts'
import { rule } from '../rule.ts'
import { sharedObjects, takesMarks } from '../storage-uri.ts'

export const storageUnproven = rule({
  id: 'storage/unproven',
  title: 'Each storage URI is proved to be the same disk, not only one of the same size or identity',
  doc:
    'A disk is known on both hosts by the identity that the storage gives it, or by a mark that one host has put there ' +
    'and the other has seen (storage/shared). NBD and RBD have neither, and facts that were saved earlier hold no marks: ' +
    'where the identity is missing as well, only the size is compared. If another server answers under this name on the ' +
    'other host, the guest goes on with a disk that is not its own. On iSCSI and NFS the identity is not enough where ' +
    'two hosts were asked and the mark could not be placed or looked for: servers that were copied from one image ' +
    'number their units and files alike, and that the mark fails may be the first sign of it. A lu: has no place for ' +
    'marks, but is named by a world-wide name that no second unit has: a warning with each migration would say nothing.',
  remedy: 'See that both hosts reach the same server under this name, or keep the disk on iSCSI or NFS.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {},
  wants: { seenAtSource: 'source.storage', seenAtTarget: 'target.storage', sharing: 'sharing' },
  *check({ seenAtSource = [], seenAtTarget = [], sharing }, { contract, intent, source, target }) {
    for (const { property, storage } of sharedObjects(contract, intent.kind)) {
      const here = probesByUri(seenAtSource).get(storage)
      const there = probesByUri(seenAtTarget).get(storage)
      // What cannot be opened, or has not one identity on both, is the matter of storage/reachable and storage/same.
      if (!isOpened(here) || !isOpened(there)) continue
      const { identity } = here.opened
      if (identity !== there.opened.identity) continue
      const proof = sharing?.find(({ uri }) => uri === storage)
      if (proof !== undefined && proof.mark !== 'untried') continue
      if (identity !== undefined && (proof === undefined || !takesMarks(storage))) continue
      yield {
        property,
        source: storage,
        target: `not proved: ${proof?.words ?? 'no mark was tried'}`,
        why:
          identity === undefined
            ? 'Of the two disks only the size is known to be equal'
            : 'Size and identity are equal, but two servers can give one identity to two disks',
        remedies: [
          lookAtStorage(storage, 'source', `See on ${source.host.name} what answers under this name`),
          lookAtStorage(storage, 'target', `See on ${target.host.name} that it is the same`),
        ],
      }
    }
  },
})

type Opened = Extract<StorageProbe, { opened: unknown }>

const isOpened = (probe: StorageProbe | undefined): probe is Opened =>
  probe !== undefined && 'opened' in probe
