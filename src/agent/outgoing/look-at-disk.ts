import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import type { Host } from '../host.ts'
import { isOurs, readOwner } from '../ownership/own.ts'
import { ownerInWords } from '../ownership/owner-in-words.ts'
import type { Zone } from '../zone.ts'

/** What the boot device says of a zone whose migration from this host is not settled. */
export type DiskWord =
  /** Nothing: it has no host data. */
  | { readonly status: 'none' }
  | { readonly status: 'unreadable'; readonly why: string }
  /** It is this host's still, offered to another or not; or it is another's. */
  | { readonly status: 'ours' | 'other'; readonly record: OwnerRecord }

/** Asks the boot device whose a zone is. Changes nothing, and never throws. */
export async function lookAtDisk(host: Host, zone: Zone): Promise<DiskWord> {
  try {
    const record = await readOwner(host, zone)
    if (record === undefined) return { status: 'none' }
    return { status: isOurs(host.identity.id, zone, record) ? 'ours' : 'other', record }
  } catch (error) {
    return { status: 'unreadable', why: (error as Error).message.split('\n')[0]?.trim() ?? '' }
  }
}

export function inWords(word: DiskWord): string {
  switch (word.status) {
    case 'none':
      return 'nothing can be said, since it has no host data'
    case 'unreadable':
      return `nothing is known now: ${word.why}`
    case 'ours':
    case 'other':
      return ownerInWords(word.record)
  }
}
