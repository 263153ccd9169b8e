import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneListEntry } from '../agent/api.ts'
import { hostLayout } from '../util/host-layout.ts'
import { auxiliaryTable, globalZone, parsableLine, sortZones, verboseTable } from './zone-listing.ts'

function kernelZone(change: Partial<ZoneListEntry>): ZoneListEntry {
  const uuid = '29be88cb-e61a-4204-8d9b-f4a61bf0efdd'
  const states = { state: 'configured', auxiliary: [] }
  return { id: null, name: 'kzone1', uuid, brand: 'solaris-kz', ipType: 'excl', ...states, ...change }
}

const running = kernelZone({ id: 58, name: 'kernel-zone', state: 'running' })

test('verboseTable() prints the columns of Solaris with their trailing blanks', () => {
  assert.deepEqual(verboseTable([globalZone, running, kernelZone({})]), [
    '  ID NAME             STATUS      PATH                         BRAND      IP    ',
    '   0 global           running     /                            solaris    shared',
    '  58 kernel-zone      running     -                            solaris-kz excl  ',
    '   - kzone1           configured  -                            solaris-kz excl  ',
  ])
})

test('verboseTable() keeps a long name whole', () => {
  const [, line] = verboseTable([kernelZone({ name: 'a-zone-with-a-long-name' })])
  assert.match(line ?? '', /^ {3}- a-zone-with-a-long-name configured /)
})

test('auxiliaryTable() lists auxiliary states, and nothing for a zone without one', () => {
  const moving = kernelZone({ id: 3, name: 'kzone3', state: 'running', auxiliary: ['migrating-out'] })
  assert.deepEqual(auxiliaryTable([globalZone, moving]), [
    'NAME             STATUS           AUXILIARY STATE',
    'global           running          ',
    'kzone3           running          migrating-out',
  ])
})

test('parsableLine() prints ten fields', () => {
  const zone = kernelZone({ id: 4, name: 'myzone', state: 'installed', auxiliary: ['suspended'] })
  const layout = hostLayout('/')
  assert.equal(parsableLine(globalZone, layout), '0:global:running:/::solaris:shared:-::')
  assert.equal(
    parsableLine(zone, layout),
    '4:myzone:installed:/var/lib/zones/myzone:29be88cb-e61a-4204-8d9b-f4a61bf0efdd:solaris-kz:excl:R:solaris-kz:suspended',
  )
})

test('parsableLine() puts a backslash before a colon inside a field', () => {
  assert.match(parsableLine(kernelZone({}), hostLayout('/a:b')), /:\/a\\:b\/var\/lib\/zones\/kzone1:/)
})

test('sortZones() puts running zones first by number, the others by name', () => {
  const zones = [
    kernelZone({ name: 'b' }),
    kernelZone({ id: 10, name: 'z' }),
    kernelZone({ name: 'a' }),
    kernelZone({ id: 9, name: 'y' }),
  ]
  assert.deepEqual(
    sortZones(zones).map(({ name }) => name),
    ['y', 'z', 'a', 'b'],
  )
})

test('listings can be read with the patterns of real programs', () => {
  const table = verboseTable([globalZone, running])
  const inspector = /^\s*(\d+?)\s+(\w.+?)\s+(\w.+?)\s+(\/.+?)\s+(\w.+?)\s+(\w.+?)$/
  const [, ...found] = inspector.exec(table[1] ?? '') ?? []
  // The pattern wants two characters for the path and gets a blank with it.
  assert.deepEqual(found, ['0', 'global', 'running', '/ ', 'solaris', 'shared'])
  const inventory = /^0:([a-z]+):.*$/
  assert.equal(inventory.exec(parsableLine(globalZone, hostLayout('/')))?.[1], 'global')
  const auditScript = table.slice(1).filter((line) => !/global|solaris-kz/.test(line))
  assert.deepEqual(auditScript, [])
})
