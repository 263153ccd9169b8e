import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostLayout } from './host-layout.ts'

const zoneFiles = [
  'config',
  'zoneFolder',
  'state',
  'runRecord',
  'kernel',
  'initrd',
  'qmpSocket',
  'consoleSocket',
  'zloginSocket',
  'qemuPidFile',
  'qemuLog',
] as const
const hostFiles = [
  'configFolder',
  'stateFolder',
  'runFolder',
  'logFolder',
  'socket',
  'pidFile',
  'lockFile',
  'hostFile',
] as const

const letters = fc.constantFrom(...'abz0_-.'.split(''))
/** Names that a zone may have, among them those of files that the host has for itself. */
const zoneName = fc.oneof(
  fc.constantFrom(
    'zonesd',
    'host.json',
    'host',
    'keys',
    'zonesd.qemu',
    'a.qemu',
    'a.pid',
    'a.json',
    'user_attr',
  ),
  fc
    .tuple(fc.constantFrom('a', 'Z', '7'), fc.string({ unit: letters, maxLength: 12 }))
    .map((parts) => parts.join('')),
)

test('No file of one zone is a file of another zone, or of the host', () => {
  const layout = hostLayout('/r')
  fc.assert(
    fc.property(zoneName, zoneName, (a, b) => {
      const own = hostFiles.map((name) => layout[name])
      const paths = (zone: string) => zoneFiles.map((name) => layout[name](zone))
      const all = [...own, ...paths(a), ...(a === b ? [] : paths(b)), `${layout.logFolder}/zonesd.log`]
      assert.equal(new Set(all).size, all.length, `${a} ${b}`)
    }),
  )
})

test('All that a host has lies under its root', () => {
  const layout = hostLayout('/some/root')
  const paths = [...hostFiles.map((name) => layout[name]), ...zoneFiles.map((name) => layout[name]('web1'))]
  for (const path of paths) assert.ok(path.startsWith('/some/root/'), path)
  assert.equal(hostLayout('/').config('web1'), '/etc/zones/web1.cfg')
})
