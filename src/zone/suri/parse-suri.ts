import { nearest } from '../nearest.ts'
import { type Cursor, expect, expectEnd, invalidSuri, take } from './cursor.ts'
import { absolutePath, authority, relativePath, targetName, worldWideName } from './parts.ts'
import type { DevSuri, FileSuri, IscsiSuri, LuSuri, NbdSuri, NfsSuri, RbdSuri, Suri } from './suri.ts'

/** Linux has ":", "@", "+" and "=" in the names under /dev/disk, beyond what suri(7) allows. */
const devicePart = /[0-9A-Za-z._:@+=-]+/y
const filePart = /[^\p{Cc}\p{Z}/]+/uy
const word = /[0-9A-Za-z_][0-9A-Za-z_.-]*/y

const parsers: ReadonlyMap<string, (cursor: Cursor) => Suri> = new Map<string, (cursor: Cursor) => Suri>([
  ['dev', parseDev],
  ['file', parseFile],
  ['lu', parseLu],
  ['iscsi', parseIscsi],
  ['nfs', parseNfs],
  ['nbd', (cursor) => parseNbd(cursor, false)],
  ['nbds', (cursor) => parseNbd(cursor, true)],
  ['rbd', parseRbd],
])

/** The schemes that a storage URI can have. */
export const suriSchemes: readonly string[] = [...parsers.keys()]

/**
 * Reads a storage URI (suri(7)), tokens expanded.
 *
 * @throws {ZoneError} SURI_INVALID, with the column and what was expected there
 */
export function parseSuri(uri: string): Suri {
  const cursor: Cursor = { uri, position: 0 }
  const scheme = take(cursor, /[A-Za-z][0-9A-Za-z+.-]{0,31}(?=:)/y) ?? ''
  const parse = parsers.get(scheme)
  if (parse === undefined) {
    const meant = nearest(scheme, suriSchemes)
    const hint = meant === undefined ? '' : ` (did you mean "${meant}:"?)`
    throw invalidSuri(cursor, `one of ${suriSchemes.join(':, ')}:${hint}`, 0)
  }
  cursor.position += 1
  const suri = parse(cursor)
  expectEnd(cursor)
  return suri
}

/** `dev:///dev/…`, `dev:/dev/…`, or a path relative to /dev. */
function parseDev(cursor: Cursor): DevSuri {
  const part = 'a name under /dev'
  if (take(cursor, /(?:\/\/)?(?=\/)/y) === undefined) {
    return { scheme: 'dev', path: `/dev/${relativePath(cursor, devicePart, part)}` }
  }
  const start = cursor.position
  const path = absolutePath(cursor, devicePart, part)
  if (!path.startsWith('/dev/')) throw invalidSuri(cursor, 'a path under "/dev/"', start)
  return { scheme: 'dev', path }
}

/** `file:///…` or `file:/…`. */
function parseFile(cursor: Cursor): FileSuri {
  take(cursor, /\/\/(?=\/)/y)
  return { scheme: 'file', path: absolutePath(cursor, filePart, 'the name of a file or folder') }
}

function parseLu(cursor: Cursor): LuSuri {
  if (!cursor.uri.startsWith('initiator.', cursor.position)) {
    return { scheme: 'lu', luname: worldWideName(cursor, 'luname'), path: undefined }
  }
  const initiator = worldWideName(cursor, 'initiator')
  expect(cursor, /,/y, '","')
  const target = worldWideName(cursor, 'target')
  expect(cursor, /,/y, '","')
  return { scheme: 'lu', luname: worldWideName(cursor, 'luname'), path: { initiator, target } }
}

/** `iscsi://[host[:port]]/luname.…` or `iscsi://[host[:port]]/target.IQN[,lun.N]`. */
function parseIscsi(cursor: Cursor): IscsiSuri {
  expect(cursor, /\/\//y, '"//"')
  const server = cursor.uri[cursor.position] === '/' ? undefined : authority(cursor)
  expect(cursor, /\//y, '"/"')
  if (take(cursor, /target\./y) === undefined) {
    if (!cursor.uri.startsWith('luname.', cursor.position))
      throw invalidSuri(cursor, '"luname." or "target."')
    return {
      scheme: 'iscsi',
      authority: server,
      unit: { by: 'luname', luname: worldWideName(cursor, 'luname') },
    }
  }
  const target = expect(cursor, targetName, 'the name of a target, such as iqn.2026-11.org.example:disk')
  const lun =
    take(cursor, /,/y) === undefined ? '0' : expect(cursor, /lun\.\d{1,5}/y, '"lun." and a number').slice(4)
  if (Number(lun) > 16_383) throw invalidSuri(cursor, 'a number up to 16383', cursor.position - lun.length)
  return { scheme: 'iscsi', authority: server, unit: { by: 'target', target, lun: Number(lun) } }
}

/** `nfs://[user:group@]host[:port]/share/file`. */
function parseNfs(cursor: Cursor): NfsSuri {
  expect(cursor, /\/\//y, '"//"')
  const owner = take(cursor, /[0-9A-Za-z_][0-9A-Za-z_.-]*:[0-9A-Za-z_][0-9A-Za-z_.-]*@/y)
  const [user, group] = owner?.slice(0, -1).split(':') ?? []
  const server = authority(cursor)
  return {
    scheme: 'nfs',
    authority: server,
    owner: user === undefined || group === undefined ? undefined : { user, group },
    path: absolutePath(cursor, filePart, 'the name of a file or folder'),
  }
}

/** `nbd://host[:port][/export]`, or with TLS `nbds://`. */
function parseNbd(cursor: Cursor, tls: boolean): NbdSuri {
  expect(cursor, /\/\//y, '"//"')
  const server = authority(cursor)
  const slash = take(cursor, /\//y)
  return {
    scheme: 'nbd',
    tls,
    authority: server,
    export: slash === undefined ? '' : (take(cursor, /[0-9A-Za-z_.:/-]+/y) ?? ''),
  }
}

/** `rbd:pool/[namespace/]image`. */
function parseRbd(cursor: Cursor): RbdSuri {
  const pool = expect(cursor, word, 'the name of a pool')
  expect(cursor, /\//y, '"/"')
  const first = expect(cursor, word, 'the name of an image')
  if (take(cursor, /\//y) === undefined) return { scheme: 'rbd', pool, namespace: undefined, image: first }
  return { scheme: 'rbd', pool, namespace: first, image: expect(cursor, word, 'the name of an image') }
}
