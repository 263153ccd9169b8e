import { ZoneError } from '../../errors.ts'
import { invalidValue, type ValueKind } from './value-kind.ts'

const units: readonly (readonly [suffix: string, bytes: number])[] = [
  ['T', 2 ** 40],
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
]

export const mebibyteBytes = 2 ** 20
export const tebibyteBytes = 2 ** 40

/**
 * Bytes of a size such as `4G`, `4g`, `4.75G` or `4294967296`; undefined if it is not a size or no whole number of
 * bytes.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,16})(\.\d{1,3})?([KMGT]?)$/i.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = '', suffix = ''] = match
  const factor = units.find(([unit]) => unit === suffix.toUpperCase())?.[1] ?? 1
  const bytes = Number(`${whole}${fraction}`) * factor
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A size as Solaris prints it: `4G`, `512M`, `4.75G`; never rounded, so that it reads back as the same bytes. */
export function formatSize(bytes: number): string {
  for (const [suffix, factor] of units) {
    const value = bytes / factor
    if (value >= 1 && Number.isInteger(value * 100)) return `${value}${suffix}`
  }
  return String(bytes)
}

/**
 * A size in bytes.
 *
 * @param check says what is wrong with a size, as the message to show, or undefined if nothing
 */
export function size(check: (bytes: number) => string | undefined = () => undefined): ValueKind {
  const expects = 'a size such as 512M or 4G'
  return {
    name: 'size',
    expects,
    unit: 'bytes',
    list: false,
    values: [],
    canonical(given) {
      const bytes = parseSize(given)
      if (bytes === undefined || bytes === 0) throw invalidValue(given, expects)
      const wrong = check(bytes)
      if (wrong !== undefined) {
        throw new ZoneError(wrong, { code: 'INVALID_VALUE', remedy: `The value given is "${given}"` })
      }
      return formatSize(bytes)
    },
  }
}
