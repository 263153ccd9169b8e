import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { linkName, netdevsOf } from './network.ts'

const key = fc.tuple(
  fc.uuid(),
  fc.oneof(
    fc.record({ kind: fc.constant('anet' as const), id: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constant('net' as const), id: fc.integer({ min: 0, max: 3 }) }),
  ),
)
const nicOf = ({ kind, id }: { kind: 'anet' | 'net'; id: number }) => ({
  kind,
  id,
  pciSlot: 16,
  macAddress: '02:08:20:00:00:01',
})

test('linkName() gives names that the kernel takes, each NIC its own, the same every time', () => {
  fc.assert(
    fc.property(key, key, ([uuid, nic], [otherUuid, other]) => {
      const name = linkName(uuid, nicOf(nic))
      // dev_valid_name(): 1 to 15 bytes, no slash, colon or blank.
      assert.match(name, /^kz[0-9a-f]{8}[an]\d$/)
      assert.ok(name.length <= 15)
      assert.equal(linkName(uuid, nicOf(nic)), name)
      const isSame = uuid === otherUuid && nic.kind === other.kind && nic.id === other.id
      assert.equal(linkName(otherUuid, nicOf(other)) === name, isSame)
    }),
  )
})

test('netdevsOf() gives a tap to a NIC with a bridge, and the user-mode network to one without', () => {
  const uuid = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'
  const [bridged, lone] = [nicOf({ kind: 'anet', id: 0 }), nicOf({ kind: 'net', id: 1 })]
  const netdevs = netdevsOf(uuid, [
    { nic: bridged, bridge: 'net0' },
    { nic: lone, bridge: undefined },
  ])
  assert.deepEqual(
    [...netdevs],
    [
      ['anet0', `tap,ifname=${linkName(uuid, bridged)},script=no,downscript=no`],
      ['net1', 'user'],
    ],
  )
})
