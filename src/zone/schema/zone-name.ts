import { invalidValue, type ValueKind } from './value-kind.ts'

/** Whether it has the form of a zone's name, which is a file name, too; names that are reserved have it as well. */
export function hasZoneNameForm(given: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,62}$/.test(given)
}

/** Whether a zone can have this name. */
export function isZoneName(given: string): boolean {
  return hasZoneNameForm(given) && given !== 'global' && !given.startsWith('SYS')
}

/** A zone's name: starts with a letter or digit, at most 63 characters, not `global`, not starting with `SYS`. */
export const zoneName: ValueKind = {
  name: 'zone name',
  expects:
    'a zone name: up to 63 letters, digits, "_", "-" or ".", the first a letter or digit; "global" and names that start with "SYS" are reserved',
  list: false,
  values: [],
  canonical(given) {
    if (!isZoneName(given)) throw invalidValue(given, this.expects)
    return given
  },
}
