import { type Cursor, expect, invalidSuri, take } from './cursor.ts'
import type { Authority, WorldWideName } from './suri.ts'

/** A path without a leading slash and without empty, `.` and `..` parts. */
export function relativePath(cursor: Cursor, part: RegExp, expected: string): string {
  const names: string[] = []
  do {
    const start = cursor.position
    const name = expect(cursor, part, expected)
    if (name === '.' || name === '..') throw invalidSuri(cursor, `${expected} other than "${name}"`, start)
    names.push(name)
  } while (take(cursor, /\//y) !== undefined)
  return names.join('/')
}

/** A path that starts with a slash; otherwise as `relativePath()`. */
export function absolutePath(cursor: Cursor, part: RegExp, expected: string): string {
  expect(cursor, /\//y, '"/"')
  return `/${relativePath(cursor, part, expected)}`
}

/** `host[:port]`, an IPv6 address in brackets. */
export function authority(cursor: Cursor): Authority {
  const host =
    take(cursor, /\[[0-9A-Fa-f:.]{2,45}\]/y)?.slice(1, -1) ??
    expect(
      cursor,
      /[0-9A-Za-z][0-9A-Za-z_.-]{0,252}/y,
      'a host name, an address or an IPv6 address in brackets',
    )
  const start = cursor.position
  const port = take(cursor, /:\d+/y)?.slice(1)
  if (port === undefined) return { host, port: undefined }
  if (port.length > 5 || Number(port) < 1 || Number(port) > 65_535) {
    throw invalidSuri(cursor, 'a port from 1 to 65535', start + 1)
  }
  return { host, port: Number(port) }
}

/** Of an iSCSI target, in one of the three forms of RFC 7143, 4.2.7. */
export const targetName = /(?:iqn|eui|naa)\.[0-9A-Za-z][0-9A-Za-z.:_-]{0,218}/y

/** Whether a target of this name can be named in a URI. */
export function isTargetName(text: string): boolean {
  return take({ uri: text, position: 0 }, targetName) === text
}

/** `<prefix>.naa.<hex>` or `<prefix>.eui.<hex>`. */
export function worldWideName(cursor: Cursor, prefix: 'luname' | 'initiator' | 'target'): WorldWideName {
  const formats = prefix === 'luname' ? /luname\.(?:naa|eui)\./y : new RegExp(`${prefix}\\.naa\\.`, 'y')
  const head = expect(
    cursor,
    formats,
    prefix === 'luname' ? '"luname.naa." or "luname.eui."' : `"${prefix}.naa."`,
  )
  const start = cursor.position
  const hex = take(cursor, /[0-9A-Fa-f]+/y)?.toLowerCase() ?? ''
  if (hex.length !== 16 && hex.length !== 32) {
    throw invalidSuri(cursor, 'an id of 16 or 32 hexadecimal digits', start)
  }
  return { format: head.includes('.naa.') ? 'naa' : 'eui', hex }
}
