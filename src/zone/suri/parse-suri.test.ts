import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZoneError } from '../../errors.ts'
import { formatSuri } from './format-suri.ts'
import { parseSuri } from './parse-suri.ts'
import { isShared, type Suri, type WorldWideName } from './suri.ts'

const valid = readFileSync(new URL('../../../test/fixtures/zonecfg/suri-valid.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('parseSuri() reads every storage URI that manuals and projects show', () => {
  assert.ok(valid.length >= 16)
  for (const uri of valid) assert.equal(typeof parseSuri(uri).scheme, 'string', uri)
})

test('parseSuri() reads the parts of each scheme', () => {
  const cases: readonly (readonly [string, Suri])[] = [
    ['dev:dsk/c7t0d0s0', { scheme: 'dev', path: '/dev/dsk/c7t0d0s0' }],
    ['dev:///dev/sdb', { scheme: 'dev', path: '/dev/sdb' }],
    ['file:///srv/disk-1', { scheme: 'file', path: '/srv/disk-1' }],
    [
      'iscsi://[fd00::1]:3261/target.iqn.2026-11.org.example:a,lun.7',
      {
        scheme: 'iscsi',
        authority: { host: 'fd00::1', port: 3261 },
        unit: { by: 'target', target: 'iqn.2026-11.org.example:a', lun: 7 },
      },
    ],
    [
      'nfs://root:sys@[fe80::2]/export/z/disk0',
      {
        scheme: 'nfs',
        authority: { host: 'fe80::2', port: undefined },
        owner: { user: 'root', group: 'sys' },
        path: '/export/z/disk0',
      },
    ],
    [
      'nbd://h:10809/web1',
      { scheme: 'nbd', tls: false, authority: { host: 'h', port: 10809 }, export: 'web1' },
    ],
    ['nbds://[::1]/', { scheme: 'nbd', tls: true, authority: { host: '::1', port: undefined }, export: '' }],
    ['rbd:zones/web1', { scheme: 'rbd', pool: 'zones', namespace: undefined, image: 'web1' }],
  ]
  for (const [uri, expected] of cases) assert.deepEqual(parseSuri(uri), expected)
})

test('parseSuri() refuses with the column and what was expected', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /expected one of dev:/],
    ['isci://h/luname.naa.5000c5000288fa25', /did you mean "iscsi:"\?\) at column 1,/],
    ['dev:/etc/passwd', /a path under "\/dev\/" at column 5/],
    ['dev:/dev/../etc/passwd', /other than ".." at column 10/],
    ['file:relative', /expected "\/" at column 6/],
    ['lu:luname.naa.12', /16 or 32 hexadecimal digits at column 15/],
    ['iscsi://h:99999/luname.naa.5000c5000288fa25', /a port from 1 to 65535 at column 11/],
    ['iscsi://h/iqn.2026-11.org.example:a/1', /"luname." or "target." at column 11/],
    ['nfs://host', /expected "\/" at column 11, found the end/],
    ['dev:/dev/sdb,ro', /expected the end at column 13, found ",ro"/],
    ['nfs', /expected one of dev:.* at column 1, found "nfs"/],
    ['zvol:rpool/a', /expected one of [^?]* at column 1,/],
    ['FILE:///a', /did you mean "file:"\?\) at column 1,/],
    [' file:///a', /expected one of dev:.* at column 1,/],
    ['dev:', /a name under \/dev at column 5, found the end/],
    ['dev:sd b', /expected the end at column 7, found " b"/],
    ['file:///', /the name of a file or folder at column 9, found the end/],
    ['file:///a//b', /the name of a file or folder at column 11, found "\/b"/],
    ['file:///a/./b', /other than "." at column 11,/],
    ['lu:luname.wwn.5000c5000288fa25', /"luname.naa." or "luname.eui." at column 4,/],
    ['lu:initiator.naa.21000024ff3efed4', /expected "," at column 34, found the end/],
    ['iscsi:h/luname.naa.5000c5000288fa25', /expected "\/\/" at column 7,/],
    ['iscsi://h:/luname.naa.5000c5000288fa25', /expected "\/" at column 10,/],
    ['iscsi://h:0/luname.naa.5000c5000288fa25', /a port from 1 to 65535 at column 11,/],
    ['iscsi://[fd00::1/luname.naa.5000c5000288fa25', /an IPv6 address in brackets at column 9,/],
    ['iscsi://h/target.web1', /the name of a target, such as iqn\..* at column 18,/],
    ['iscsi://h/target.iqn.2026-11.org.example:a,lun.x', /"lun." and a number at column 44,/],
    ['iscsi://h/target.iqn.2026-11.org.example:a,lun.16384', /a number up to 16383 at column 48,/],
    ['nfs:///share/a', /a host name, .* at column 7, found "\/share\/a"/],
    ['nfs://root@h/share/a', /expected "\/" at column 11, found "@h\/share\/a"/],
    ['nfs://h/share/', /the name of a file or folder at column 15, found the end/],
    ['nbd:h', /expected "\/\/" at column 5, found "h"/],
    ['nbds://h:70000/a', /a port from 1 to 65535 at column 10,/],
    ['nbd://h/a b', /expected the end at column 10, found " b"/],
    ['rbd:pool', /expected "\/" at column 9, found the end/],
    ['rbd:pool/', /the name of an image at column 10, found the end/],
    ['rbd:a/b/c/d', /expected the end at column 10, found "\/d"/],
  ]
  for (const [uri, message] of cases) assert.throws(() => parseSuri(uri), { code: 'SURI_INVALID', message })
})

test('isShared() tells local schemes from those that other hosts can open', () => {
  assert.equal(isShared('dev:sdb'), false)
  assert.equal(isShared('file:///d'), false)
  assert.equal(isShared('iscsi:///luname.naa.5000c5000288fa25'), true)
  assert.equal(isShared('nfs://h/f'), true)
})

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  })
const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
const name: fc.Arbitrary<WorldWideName> = fc.record({
  format: fc.constantFrom('naa', 'eui'),
  hex: fc.oneof(hex(16), hex(32)),
})
const naa: fc.Arbitrary<WorldWideName> = fc.record({ format: fc.constant('naa' as const), hex: hex(16) })
const authority = fc.record({
  host: fc.oneof(word, fc.constantFrom('192.0.2.1', 'fd00::1', '::1')),
  port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
})

const suri: fc.Arbitrary<Suri> = fc.oneof(
  path.map((rest): Suri => ({ scheme: 'dev', path: `/dev${rest}` })),
  path.map((rest): Suri => ({ scheme: 'file', path: rest })),
  fc.record({
    scheme: fc.constant('lu' as const),
    luname: name,
    path: fc.option(fc.record({ initiator: naa, target: naa }), { nil: undefined }),
  }),
  fc.record({
    scheme: fc.constant('iscsi' as const),
    authority: fc.option(authority, { nil: undefined }),
    unit: fc.oneof(
      name.map((luname) => ({ by: 'luname' as const, luname })),
      fc.record({
        by: fc.constant('target' as const),
        target: word.map((rest) => `iqn.2026-11.org.example:${rest}`),
        lun: fc.integer({ min: 0, max: 16383 }),
      }),
    ),
  }),
  fc.record({
    scheme: fc.constant('nfs' as const),
    authority,
    owner: fc.option(fc.record({ user: word, group: word }), { nil: undefined }),
    path,
  }),
  fc.record({
    scheme: fc.constant('nbd' as const),
    tls: fc.boolean(),
    authority,
    export: fc.oneof(fc.constant(''), word),
  }),
  fc.record({
    scheme: fc.constant('rbd' as const),
    pool: word,
    namespace: fc.option(word, { nil: undefined }),
    image: word,
  }),
)

test('parseSuri() reads what formatSuri() prints', () => {
  fc.assert(
    fc.property(suri, (value) => assert.deepEqual(parseSuri(formatSuri(value)), structuredClone(value))),
  )
})

test('parseSuri() of any text gives a URI that prints stably, or a ZoneError', () => {
  const mutated = fc
    .tuple(fc.constantFrom(...valid), fc.nat(60), fc.string({ maxLength: 4 }))
    .map(([uri, at, text]) => uri.slice(0, at) + text + uri.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(fc.string(), mutated), (text) => {
      try {
        const printed = formatSuri(parseSuri(text))
        assert.equal(formatSuri(parseSuri(printed)), printed)
      } catch (error) {
        if (!(error instanceof ZoneError)) throw error
      }
    }),
  )
})
