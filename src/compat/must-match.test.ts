import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { zoneType } from '../zone/schema/zone-type.ts'
import { mustMatch, pathOf } from './must-match.ts'
import { configurationDevices } from './rules/configuration-devices.ts'
import { configurationMemory } from './rules/configuration-memory.ts'
import { configurationNics } from './rules/configuration-nics.ts'
import { configurationPagesizePolicy } from './rules/configuration-pagesize-policy.ts'
import { configurationPlatform } from './rules/configuration-platform.ts'
import { configurationVcpus } from './rules/configuration-vcpus.ts'

const { contract } = sampleInput()
const [disk] = contract.devices

/** Sets everything that has to match and is not a part of a NIC. */
const full = {
  ...contract,
  memory: { ...contract.memory, pagesizePolicy: 'fixed', pagesizeBytes: 2 ** 21 },
  devices: disk === undefined ? [] : [{ ...disk, match: '/dev/sdb' }],
  nics: [],
}

test('mustMatch() covers every property that the schema marks, and no other', () => {
  // The contract carries all properties of the NICs; ib-vhca is stored without effect and not a part of it.
  const others = ['anet', 'net', 'ib-vhca']
  const marked = [zoneType, ...zoneType.children.filter(({ name }) => !others.includes(name))].flatMap(
    (type) =>
      type.properties
        // A key needs no value of its own: it is in the path of each value.
        .filter(({ match, name }) => match && !type.keys.includes(name))
        .map(({ name }) => `${type === zoneType ? '' : type.name} ${name}`),
  )
  const covered = mustMatch(full).map(({ resource = '', property }) => `${resource} ${property}`)
  assert.deepEqual(covered.toSorted(), marked.toSorted())
})

test('the rules about the configuration cover each value that has to match once', () => {
  const rules = [
    configurationDevices,
    configurationMemory,
    configurationNics,
    configurationPagesizePolicy,
    configurationPlatform,
    configurationVcpus,
  ]
  const everything = { ...full, nics: contract.nics }
  const bare = {
    ...everything,
    zonename: 'other',
    brand: 'solaris-kz' as const,
    cpuArch: undefined,
    hostCompatible: [],
    memory: { physicalBytes: 0, pagesizePolicy: undefined, pagesizeBytes: undefined },
    ncpus: 0,
    devices: [],
    nics: [],
  }
  const input = { ...sampleInput(), contract: everything, targetContract: { known: bare } }
  const found = rules.flatMap((rule) => rule.judge(input)).map(({ property }) => property)
  // The brand alone cannot differ: there is only one.
  const wanted = mustMatch(everything)
    .map(pathOf)
    .filter((path) => path !== 'brand')
  assert.deepEqual(found.toSorted(), wanted.toSorted())
})

test('mustMatch() compares a generated MAC address as if it were written', () => {
  const values = mustMatch({
    ...contract,
    nics: contract.nics.map((nic) => ({
      ...nic,
      properties: { 'mac-address': 'auto', 'auto-mac-address': '02:08:20:e7:b8:79' },
    })),
  })
  assert.deepEqual(
    values.filter(({ resource }) => resource === 'anet'),
    [{ resource: 'anet', id: 0, property: 'mac-address', value: '02:08:20:e7:b8:79' }],
  )
})

test('mustMatch() takes an unset CPU class for the default one', () => {
  assert.deepEqual(
    mustMatch({ ...contract, cpuArch: undefined }),
    mustMatch({ ...contract, cpuArch: 'generic' }),
  )
})
