import type { StorageProbe } from '../../facts/schema.ts'
import { probesByUri } from '../facts-index.ts'
import { lookAtStorage } from '../remedies.ts'
import { rule } from '../rule.ts'
import { sharedObjects } from '../storage-uri.ts'

export const storageUnproven = rule({
  id: 'storage/unproven',
  title: 'Each storage URI is proved to be the same disk, not only one of the same size',
  doc:
    'A disk is known on both hosts by the identity that the storage gives it, or by a mark that one host has put there ' +
    'and the other has seen (storage/shared). NBD and RBD have neither, and facts that were saved earlier hold no marks: ' +
    'where the identity is missing as well, only the size is compared. If another server answers under this name on the ' +
    'other host, the guest goes on with a disk that is not its own.',
  remedy: 'See that both hosts reach the same server under this name, or keep the disk on iSCSI or NFS.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {},
  wants: { seenAtSource: 'source.storage', seenAtTarget: 'target.storage', sharing: 'sharing' },
  *check({ seenAtSource = [], seenAtTarget = [], sharing }, { contract, intent, source, target }) {
    for (const { property, storage } of sharedObjects(contract, intent.kind)) {
      const here = probesByUri(seenAtSource).get(storage)
      const there = probesByUri(seenAtTarget).get(storage)
      // What cannot be opened, or has an identity on one of them, is the matter of storage/same and storage/reachable.
      if (!isOpened(here) || !isOpened(there)) continue
      if (here.opened.identity !== undefined || there.opened.identity !== undefined) continue
      const proof = sharing?.find(({ uri }) => uri === storage)
      if (proof !== undefined && proof.mark !== 'untried') continue
      yield {
        property,
        source: storage,
        target: `not proved: ${proof?.words ?? 'no mark was tried'}`,
        why: 'Of the two disks only the size is known to be equal',
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
