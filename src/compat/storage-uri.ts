import type { Contract, ContractDevice } from '../zone/contract.ts'
import { isShared } from '../zone/suri/suri.ts'
import { perObject } from './per-object.ts'
import { pathOf } from './property-path.ts'
import type { Kind } from './schema.ts'

/** Whether storage of this scheme has a place for the marks that prove it shared. */
export function takesMarks(uri: string): boolean {
  return uri.startsWith('iscsi:') || uri.startsWith('nfs:')
}

/** Whether a storage URI of one host is that of a medium that is only read: an ISO image, or a CD drive. */
export function isMedium(uri: string): boolean {
  return !isShared(uri) && /\.iso$|\/(?:sr\d+|cdrom)$/i.test(uri)
}

/** Whether a device is a medium, named by a URI or by a path of the host (`match`). */
export function isMediumDevice({ storage, match }: Pick<ContractDevice, 'storage' | 'match'>): boolean {
  return isMedium(storage ?? `dev:${match ?? ''}`)
}

/** A disk on storage that other hosts can reach too. */
export type SharedDisk = ContractDevice & { readonly storage: string }

export const sharedDisks = perObject(({ devices }: Contract): readonly SharedDisk[] =>
  devices.filter((device): device is SharedDisk => device.storage !== undefined && isShared(device.storage)),
)

/** A storage object that a zone takes with it: the property that names it, and its URI. */
export interface SharedObject {
  readonly property: string
  readonly storage: string
}

const diskObjects = perObject((contract: Contract): readonly SharedObject[] =>
  sharedDisks(contract).map(({ id, storage }) => ({ property: pathOf('device', id, 'storage'), storage })),
)

const objectsWithImage = perObject((contract: Contract): readonly SharedObject[] => {
  const storage = contract.suspend?.storage
  const hasImage = storage !== undefined && isShared(storage)
  return [...diskObjects(contract), ...(hasImage ? [{ property: 'suspend:storage', storage }] : [])]
})

/** What both hosts have to see alike: the disks, and for a zone that is suspended the storage of its image as well. */
export function sharedObjects(contract: Contract, kind: Kind): readonly SharedObject[] {
  return kind === 'warm' ? objectsWithImage(contract) : diskObjects(contract)
}

/**
 * What a URI of shared storage means whichever way leads there. The name of an iSCSI target is its own in the whole world
 * (RFC 7143, 4.2.7), so portals do not count, and a world-wide name is the same unit in `lu:` and `iscsi:`; NFS has one
 * file for whichever owner is to be given to it.
 */
export function storageUnit(uri: string): string {
  const worldWide = /luname\.(\w+\.[0-9a-f]+)$/i.exec(uri)?.[1]
  if (worldWide !== undefined) return worldWide.toLowerCase()
  const unit = /^iscsi:\/\/[^/]*\/(.+)$/.exec(uri)?.[1]
  if (unit !== undefined) return unit.toLowerCase()
  return uri.replace(/^nfs:\/\/[^@/]*@/, 'nfs://')
}
