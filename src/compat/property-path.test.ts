import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { parsePath, pathOf, resourcePrefixes, resourceType } from './property-path.ts'

test('parsePath() tells the resources from the property, whatever is in their keys', () => {
  assert.deepEqual(parsePath('anet[id=0]:mac[mac-address=2:8:20:1:2:3]:allowed-mac-address'), {
    resources: [
      { type: 'anet', key: 'id', value: '0' },
      { type: 'mac', key: 'mac-address', value: '2:8:20:1:2:3' },
    ],
    property: 'allowed-mac-address',
  })
  assert.deepEqual(parsePath('anet[id=0]:vlan[1]:vlan-id').resources[1], {
    type: 'vlan',
    key: undefined,
    value: '1',
  })
  assert.deepEqual(parsePath('brand'), { resources: [], property: 'brand' })
})

test('resourcePrefixes() names each resource on the way, outermost first', () => {
  assert.deepEqual(resourcePrefixes('anet[id=0]:vlan[vlan-id=7]:vlan-id'), [
    'anet[id=0]:',
    'anet[id=0]:vlan[vlan-id=7]:',
  ])
})

test('resourceType() and pathOf() spell paths as the must-match list does', () => {
  const { properties } = sampleInput()
  const paths = properties.map(({ path }) => path)
  assert(paths.includes(pathOf('device', 1, 'storage')))
  assert.deepEqual(
    new Set(paths.map(resourceType)),
    new Set(['anet', 'capped-memory', 'device', 'virtual-cpu', undefined]),
  )
  assert.equal(resourceType('device[id=1]'), 'device')
})
