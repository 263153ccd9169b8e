import type { Contract } from '../zone/contract.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { Zone } from './zone.ts'

/**
 * All storage that a zone has, and each object by every URI that it has it by.
 *
 * @param contract that of its configuration as it is now; undefined if that cannot be read
 */
export function storageOf({ running, record, claims }: Zone, contract: Contract | undefined): string[] {
  const { suspended } = record
  return [
    ...(contract === undefined ? [] : disksOf(contract)),
    // A guest keeps what it booted with, whatever its configuration says by now; an image stays where it was written.
    ...[running?.machine.spec, suspended?.spec]
      .flatMap((spec) => spec?.disks ?? [])
      .map(({ storage }) => storage),
    ...[contract?.suspend, suspended?.place].flatMap(imageUri),
    ...claims,
  ]
}

/** The disks that a configuration names. */
export const disksOf = ({ devices }: Pick<Contract, 'devices'>) =>
  devices.flatMap(({ storage }) => storage ?? [])

/** Where an image is, as a URI. */
export function imageUri(
  place: { readonly storage?: string | undefined; readonly path?: string | undefined } | undefined,
): string[] {
  if (place?.storage !== undefined) return [place.storage]
  if (place?.path !== undefined) return [formatSuri({ scheme: 'file', path: place.path })]
  return []
}
