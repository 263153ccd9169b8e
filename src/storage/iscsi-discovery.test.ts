import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTargets } from './iscsi-discovery.ts'

const asked = { host: 'portal', port: 3260, address: '192.0.2.1' }
const answer = (...pairs: readonly string[]) => Buffer.from(pairs.map((pair) => `${pair}\0`).join(''))

test('Of what a portal shows only what is named and placed as a target is one', () => {
  const name = 'iqn.2026-11.org.example:a'
  const { host, port } = asked
  const shown = answer(
    'TargetName=../rbd/pool',
    'TargetAddress=192.0.2.1:3260,1',
    `TargetName=${name}`,
    'TargetAddress=../rbd/pool:3260,1',
    `TargetName=${name}/../../rbd/pool`,
    'TargetName=',
    'TargetName=eui.02004567a425678d',
    'TargetAddress=[2001:db8::1]:3261,1',
    'TargetName=naa.52004567ba64678d',
    'TargetAddress=[../rbd/pool],1',
  )
  assert.deepEqual(readTargets(shown, asked), [
    { target: name, host, port },
    { target: 'eui.02004567a425678d', host: '2001:db8::1', port: 3261 },
    { target: 'naa.52004567ba64678d', host, port },
  ])
})
