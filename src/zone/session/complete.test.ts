import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after } from '../../../test/fixtures/zonecfg/session-rig.ts'
import { complete } from './complete.ts'

test('complete() offers commands, resource types, properties and values', async () => {
  const zone = await after('create')
  const cases: readonly (readonly [string, string[]])[] = [
    ['ver', ['verify ']],
    ['add d', ['device ', 'dedicated-cpu ']],
    ['commit; set auto', ['autoboot=', 'autoshutdown=']],
    ['set autoboot=', ['autoboot=true', 'autoboot=false']],
    ['select ', ['anet ', 'device ', 'capped-memory ', 'virtual-cpu ']],
    ['select anet ', ['id=0']],
    ['create -t SYSsolaris-kz-', ['SYSsolaris-kz-minimal']],
    ['set nonsense=', []],
  ]
  for (const [line, expected] of cases)
    assert.deepEqual(complete(zone, line)[0].toSorted(), expected.toSorted(), line)
})

test('complete() knows the open resource', async () => {
  const anet = await after('create; select anet')
  assert.deepEqual(complete(anet, 'add '), [
    ['mac ', 'vlan ', 'allowed-address ', 'defrouter ', 'allowed-dhcp-cids ', 'link-protection '],
    '',
  ])
  assert.deepEqual(complete(anet, 'set lower-link=a'), [['lower-link=auto'], 'lower-link=a'])
  assert.deepEqual(complete(anet, 'en'), [['end '], 'en'])
  assert.deepEqual(complete(anet, 'comm'), [[], 'comm'])
})
