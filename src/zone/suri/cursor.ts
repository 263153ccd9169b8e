import { ZoneError } from '../../errors.ts'

/** Where a parser stands in a URI. */
export interface Cursor {
  readonly uri: string
  position: number
}

/** The refusal of a URI: what was expected, and where. */
export function invalidSuri(cursor: Cursor, expected: string, position = cursor.position): ZoneError {
  const found = position < cursor.uri.length ? `"${cursor.uri.slice(position, position + 32)}"` : 'the end'
  return new ZoneError(
    `Cannot read the storage URI "${cursor.uri}": expected ${expected} at column ${position + 1}, found ${found}`,
    {
      code: 'SURI_INVALID',
      remedy: 'See suriadm(8) for the forms of dev, file, lu, iscsi, nfs, nbd, nbds and rbd',
    },
  )
}

/** Takes what the pattern, which must be sticky, matches here. */
export function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.position
  const [match] = pattern.exec(cursor.uri) ?? []
  if (match !== undefined) cursor.position += match.length
  return match
}

/** Takes what the pattern matches, or refuses the URI. */
export function expect(cursor: Cursor, pattern: RegExp, expected: string): string {
  const match = take(cursor, pattern)
  if (match === undefined) throw invalidSuri(cursor, expected)
  return match
}

/** Refuses whatever is left over. */
export function expectEnd(cursor: Cursor): void {
  if (cursor.position < cursor.uri.length) throw invalidSuri(cursor, 'the end')
}
