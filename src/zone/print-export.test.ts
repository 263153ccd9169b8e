import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkValue } from './config/check-value.ts'
import { type ConfigNode, withChildren } from './config/zone-config.ts'
import { parseExport } from './parse-export.ts'
import { printExport } from './print-export.ts'
import type { Property } from './schema/property.ts'
import type { ResourceType } from './schema/resource-type.ts'
import { zoneType } from './schema/zone-type.ts'
import { checkResource } from './verify/resource-rules.ts'

/** Texts that one or another property takes; each property picks from those that it accepts. */
const candidates = [
  ...[
    'true',
    'false',
    'auto',
    'any',
    'on',
    'off',
    'low',
    'high',
    'strict',
    'fixed',
    'none',
    'solaris-kz',
    'string',
  ],
  ...[
    '0',
    '1',
    '3',
    '7',
    '100',
    '1500',
    '100-199',
    '4-8',
    '2M',
    '4G',
    '4.75G',
    '1536M',
    '1000000K',
    '0x2e7d2173',
  ],
  ...[
    'level1,memlzr',
    'native',
    'migration-class1',
    'mac-nospoof,ip-nospoof',
    'migrate,login',
    'login',
    'shutdown',
  ],
  ...['2:8:20:e7:b8:79', '2:8:20', '0:1:2:3:4:5', '192.0.2.7/24', 'fd00::1/64', 'br0', 'net%{id}', '0xffff'],
  ...[
    'dev:/dev/sdb',
    'file:///z/%{zonename}/disk%{id}',
    'iscsi://h/target.iqn.2026-11.org.example:a,lun.1',
    '/dev/sdc',
  ],
  ...[
    '/z/%{zonename}/suspend',
    'rpool',
    'svc:/network/ssh:default',
    'largest-available',
    'require_any',
    'exclusive',
  ],
  ...[
    'kz=d -k -m verbose',
    'a "quoted" \\ one',
    '# no comment',
    '[x]',
    '(a=b)',
    'a;b',
    '%%',
    ' x ',
    'grüße',
    'TS',
    '\\',
  ],
]

function accepted(property: Property): string[] {
  return candidates.flatMap((text) => {
    try {
      const tokens = { zonename: 'zone', id: '0', 'global-rootzpool': 'rpool' }
      return checkValue(property, { kind: 'simple', text }, tokens) ?? []
    } catch {
      return []
    }
  })
}

function nodeOf(type: ResourceType): fc.Arbitrary<ConfigNode> {
  const settable = type.properties.filter((property) => property.readOnly === undefined)
  const values = fc.record(
    Object.fromEntries(settable.map((property) => [property.name, fc.constantFrom(...accepted(property))])),
    {
      requiredKeys: settable
        .filter(({ required, name }) => required || name === type.numbered)
        .map(({ name }) => name),
    },
  )
  const children = fc.tuple(...type.children.map((child) => childrenOfType(child)))
  return fc
    .tuple(values, children)
    .map(([own, lists]) =>
      withChildren(type, { type: type.name, values: { ...own }, children: [] }, lists.flat()),
    )
}

function childrenOfType(type: ResourceType): fc.Arbitrary<ConfigNode[]> {
  const [key = ''] = type.keys
  return fc
    .uniqueArray(nodeOf(type), {
      maxLength: type.count === 'one' ? 1 : 3,
      selector: (node) => node.values[key] ?? node,
    })
    .map((nodes) => nodes.filter((node) => checkResource(type, node).length === 0))
}

test('every property of the schema takes at least one of the texts below', () => {
  const all = (type: ResourceType): Property[] => [...type.properties, ...type.children.flatMap(all)]
  for (const property of all(zoneType)) {
    if (property.readOnly === undefined) assert.notDeepEqual(accepted(property), [], property.name)
  }
})

test('printExport() and parseExport() are a fixed point over generated configurations', () => {
  fc.assert(
    fc.property(nodeOf(zoneType), (config) => {
      const text = printExport(config)
      assert.deepEqual(parseExport(text), structuredClone(config))
      assert.equal(printExport(parseExport(text)), text)
      assert.equal(printExport(parseExport(text.replaceAll('\n', '; '))), text)
    }),
    { numRuns: 300 },
  )
})

test('printExport() starts with "create -b" and prints in the order of the schema', () => {
  const config = parseExport(
    'set bootargs="a b"; set brand=solaris-kz; add device; set bootpri=0; set storage=dev:sdb; end; add anet; end',
  )
  assert.equal(
    printExport(config),
    [
      'create -b',
      'set brand=solaris-kz',
      'set bootargs="a b"',
      'add anet',
      'set id=0',
      'end',
      'add device',
      'set storage=dev:sdb',
      'set id=0',
      'set bootpri=0',
      'end',
      '',
    ].join('\n'),
  )
})
