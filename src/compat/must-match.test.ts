import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleConfig, sampleInput } from '../../test/compat/sample-input.ts'
import { mustMatchProperties } from '../zone/must-match.ts'
import { parseExport } from '../zone/parse-export.ts'
import { mustMatchDifferences } from './must-match-differences.ts'
import { resourceType } from './property-path.ts'
import { rules } from './rules/index.ts'

/** What differs between the sample's configuration and this one, each as the rules find it. */
const changes: Readonly<Record<string, string>> = {
  'a value': 'select anet id=0; set mtu=9000; end',
  'a list': 'select anet id=0; set allowed-address=10.0.0.7/24,10.0.0.8/24; end',
  'a value that only the target sets': 'select anet id=0; set vlan-id=7; end',
  'a value that only the source sets': 'clear cpu-arch; select device id=0; clear bootpri; end',
  'another generated address':
    'select anet id=0; clear auto-mac-address; set auto-mac-address=2:8:20:1:1:1; end',
  'memory, policy and page size':
    'select capped-memory; set physical=8G; set pagesize-policy=fixed; set pagesize=2M; end',
  'a resource that acts by its default': 'remove virtual-cpu',
  'another disk': 'select device id=1; set storage=nfs://filer/share/web1; end',
  'a disk under another id': 'select device id=1; set id=5; end',
  'a NIC too many': 'add net; set physical=br7; set auto-mac-address=2:8:20:1:1:2; set id=1; end',
  'a NIC too few': 'remove anet id=0',
  'a VLAN in a NIC': 'select anet id=0; add vlan; set vlan-id=7; end; end',
  'a MAC address in a NIC': 'select anet id=0; add mac; set mac-address=2:8:20:5:5:5; end; end',
}

for (const [what, change] of Object.entries(changes)) {
  test(`the remedies for ${what}, typed on the target, leave no difference`, () => {
    const input = sampleInput({ config: '', targetConfig: change })
    const findings = rules
      .filter(({ needs }) => needs.includes('targetProperties'))
      .flatMap((rule) => rule.judge(input))
    assert.ok(findings.length > 0)
    const commands = findings.flatMap(({ remedies }) => remedies.flatMap((remedy) => remedy.commands))
    for (const { host } of commands) assert.equal(host, 'beta')
    const scripts = commands.map(({ command }) => /^zonecfg -z web1 '(.*)'$/.exec(command)?.[1] ?? command)
    // A configuration that was deleted is imported anew, thus equal.
    if (scripts.some((script) => script === 'delete -F')) return
    const repaired = parseExport([sampleConfig + change, ...scripts].join('\n'))
    const properties = mustMatchProperties(repaired, { zonename: 'web1' })
    assert.deepEqual(mustMatchDifferences(input.properties, properties), [])
  })
}

test('each difference that has to match is found by one rule', () => {
  const targetConfig = Object.values(changes)
    .filter((change) => !change.startsWith('remove anet') && !change.includes('id=5'))
    .join('\n')
  const input = sampleInput({ config: '', targetConfig })
  const { targetProperties } = input
  assert('known' in targetProperties && targetProperties.known !== null)
  const paths = mustMatchDifferences(input.properties, targetProperties.known).map(({ path }) => path)
  const found = rules
    .filter(({ needs }) => needs.includes('targetProperties'))
    .flatMap((rule) => rule.judge(input))
    .map(({ property }) => property)
  assert.deepEqual(found.toSorted(), paths.toSorted())
  const types = new Set(paths.map(resourceType))
  for (const type of ['anet', 'net', 'device', 'capped-memory', 'virtual-cpu', undefined])
    assert(types.has(type))
})

test('a resource that one side lacks is one difference', () => {
  const { properties } = sampleInput()
  const without = mustMatchProperties(parseExport(`${sampleConfig}remove device id=1`), { zonename: 'web1' })
  assert.deepEqual(mustMatchDifferences(properties, without), [
    {
      path: 'device[id=1]',
      source: 'present (iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.2)',
      target: undefined,
      isResource: true,
    },
  ])
})
