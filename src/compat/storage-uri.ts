import type { Contract, ContractDevice } from '../zone/contract.ts'
import { perObject } from './per-object.ts'

/** Whether a storage URI means the same object on whichever host it is opened (suri(7): not `dev` and `file`). */
export function isShared(uri: string): boolean {
  return !uri.startsWith('dev:') && !uri.startsWith('file:')
}

/** Whether a storage URI of one host is that of a medium that is only read: an ISO image, or a CD drive. */
export function isMedium(uri: string): boolean {
  return !isShared(uri) && /\.iso$|\/(?:sr\d+|cdrom)$/i.test(uri)
}

/** A disk on storage that other hosts can reach too. */
export type SharedDisk = ContractDevice & { readonly storage: string }

export const sharedDisks = perObject(({ devices }: Contract): readonly SharedDisk[] =>
  devices.filter((device): device is SharedDisk => device.storage !== undefined && isShared(device.storage)),
)
