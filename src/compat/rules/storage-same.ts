import type { StorageProbe } from '../../facts/schema.ts'
import { exactBytes } from '../bytes.ts'
import { rule } from '../rule.ts'
import { isShared } from '../storage-uri.ts'

export const storageSame = rule({
  id: 'storage/same',
  title: 'Each storage URI is the same disk on both hosts',
  doc:
    'What both hosts open under one storage URI must have the same size and, where the storage tells it, the same ' +
    'identity (LUN id, inode and generation). The same name is no proof: each host may have its own server, mount ' +
    'or copy behind it. QEMU accepts a disk of another size without a word.',
  remedy: 'Find out what each host opens under this URI with suriadm info, and correct it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { seenAtSource: 'source.storage', seenAtTarget: 'target.storage' },
  *check({ seenAtSource, seenAtTarget }, { contract }) {
    for (const { id, storage } of contract.devices) {
      if (storage === undefined || !isShared(storage)) continue
      const source = openedAs(seenAtSource, storage)
      const target = openedAs(seenAtTarget, storage)
      const property = `device ${id}:storage`
      if (typeof source === 'string') {
        yield { property, on: 'source', unknown: `${storage}: ${source}`, remedies: [suriadmInfo(storage)] }
      } else if (typeof target !== 'string' && source.sizeBytes !== target.sizeBytes) {
        yield {
          property: `${property} (size)`,
          source: exactBytes(source.sizeBytes),
          target: exactBytes(target.sizeBytes),
          why: 'It is another disk, or a stale view of it: the guest would write where nothing is',
          remedies: [{ ...suriadmInfo(storage), on: 'target' }],
        }
      } else if (typeof target !== 'string' && differ(source.identity, target.identity)) {
        yield {
          property: `${property} (identity)`,
          source: source.identity ?? '',
          target: target.identity ?? '',
          why: 'Both hosts open a disk of this name and size, but not the same one',
          remedies: [{ ...suriadmInfo(storage), on: 'target' }],
        }
      }
    }
  },
})

type Opened = Extract<StorageProbe, { opened: unknown }>['opened']

/** What was seen, or why nothing was. At the target that is the matter of storage/reachable. */
function openedAs(probes: readonly StorageProbe[], wanted: string): Opened | string {
  const probe = probes.find(({ uri }) => uri === wanted)
  if (probe === undefined) return 'was not tried'
  return 'opened' in probe ? probe.opened : probe.error
}

/** Not every kind of storage can tell an identity. */
function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b
}

function suriadmInfo(storage: string) {
  return { how: 'See what this host finds there', commands: [`suriadm info ${storage}`] }
}
