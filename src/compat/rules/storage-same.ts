import type { StorageProbe } from '../../facts/schema.ts'
import { exactBytes } from '../bytes.ts'
import { probesByUri } from '../facts-index.ts'
import { lookAtStorage } from '../remedies.ts'
import { type Context, type RemedyDraft, rule } from '../rule.ts'
import { sharedObjects } from '../storage-uri.ts'

export const storageSame = rule({
  id: 'storage/same',
  title: 'Each storage URI is the same disk on both hosts',
  doc:
    'What both hosts open under one storage URI must have the same size and, where the storage tells it, the same ' +
    'identity: the world-wide name of a logical unit, on NFS the numbers of file system and file. The same name is no ' +
    'proof: each host may have its own server, mount or copy behind it. QEMU accepts a disk of another size without a word. For a zone that is suspended this holds for ' +
    'the storage of its image as well.',
  remedy: 'Find out what each host opens under this URI, and correct it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { seenAtSource: 'source.storage', seenAtTarget: 'target.storage' },
  *check({ seenAtSource, seenAtTarget }, context) {
    for (const { property, storage } of sharedObjects(context.contract, context.intent.kind)) {
      const source = probesByUri(seenAtSource).get(storage)
      const target = probesByUri(seenAtTarget).get(storage)
      if (source === undefined || 'error' in source) {
        const words = source === undefined ? 'nobody has tried to open it' : source.error
        const how = 'See why the source itself cannot open it'
        const remedies = [lookAtStorage(storage, 'source', how)]
        yield { property, on: 'source', unknown: `${storage}: ${words}`, remedies }
        continue
      }
      // Whether the target can open it at all is the matter of storage/reachable and storage/suspend-size.
      if (target === undefined || 'error' in target) continue
      const silent = silentSide(source.opened, target.opened)
      if (silent !== undefined) {
        const { name } = context[silent].host
        const unknown = `${storage}: ${name} does not learn its identity, which the other host does`
        yield { property, on: silent, unknown, remedies: compareOnBoth(storage, context) }
        continue
      }
      const [here, there] = differing(source.opened, target.opened) ?? []
      if (here === undefined || there === undefined) continue
      yield {
        property,
        source: `${storage}: ${here}`,
        target: `${storage}: ${there}`,
        why: 'Both hosts open a disk of this name, but not the same one, or one of them an old view of it',
        remedies: compareOnBoth(storage, context),
      }
    }
  },
})

type Opened = Extract<StorageProbe, { opened: unknown }>['opened']

/** The one host of two that does not learn the identity of a disk; a difference of size says enough. */
function silentSide(source: Opened, target: Opened): 'source' | 'target' | undefined {
  if (source.sizeBytes !== target.sizeBytes) return undefined
  if ((source.identity === undefined) === (target.identity === undefined)) return undefined
  return source.identity === undefined ? 'source' : 'target'
}

/** What differs, in words. Not every kind of storage can tell an identity. */
function differing(source: Opened, target: Opened): readonly [string, string] | undefined {
  if (source.sizeBytes !== target.sizeBytes) {
    return [`size ${exactBytes(source.sizeBytes)}`, `size ${exactBytes(target.sizeBytes)}`]
  }
  const [here, there] = [source.identity, target.identity]
  if (here === undefined || there === undefined || here === there) return undefined
  return [`identity ${here}`, `identity ${there}`]
}

function compareOnBoth(storage: string, { source, target }: Context): RemedyDraft[] {
  const names = `${source.host.name} and ${target.host.name}`
  const how = `See what ${names} find there, and correct the portal, the mount or the mapping of one of them`
  const here = lookAtStorage(storage, 'source', how)
  const there = lookAtStorage(storage, 'target', how)
  return [here, there]
}
