import { invalidValue, type ValueKind } from './value-kind.ts'

/** A zone's name: starts with a letter or digit, at most 63 characters, not `global`, not starting with `SYS`. */
export const zoneName: ValueKind = {
  name: 'zone name',
  expects:
    'a zone name: up to 63 letters, digits, "_", "-" or ".", the first a letter or digit; "global" and names that start with "SYS" are reserved',
  list: false,
  values: [],
  canonical(given) {
    const valid = /^[A-Za-z0-9][\w.-]{0,62}$/.test(given) && given !== 'global' && !given.startsWith('SYS')
    if (!valid) throw invalidValue(given, this.expects)
    return given
  },
}
