import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { guestDifferences } from './guest-differences.ts'
import type { MachineSpec } from './schema.ts'

const disk = { id: 0, storage: 'file:///a', pciSlot: 16, serial: 'kz-disk0' }
const nic = { kind: 'anet' as const, id: 0, pciSlot: 3, macAddress: '02:08:20:00:00:01' }
const had: MachineSpec = { ...tinySpec('web1'), disks: [disk], nics: [nic] }

test('guestDifferences() finds none in what a guest does not see', () => {
  const wanted = { ...had, machineType: 'pc-q35-9.0', accelerator: 'kvm' as const, bootargs: '-s' }
  assert.deepEqual(guestDifferences(had, wanted), [])
})

const changes: readonly (readonly [Partial<MachineSpec>, string])[] = [
  [{ memoryBytes: 1 }, 'memory: 33554432 bytes then, 1 bytes now'],
  [{ ncpus: 2 }, 'virtual CPUs: 1 then, 2 now'],
  [{ cpu: 'Nehalem' }, 'the CPU: qemu64 then, Nehalem now'],
  [{ hostid: '0x1' }, 'hostid: none then, 0x1 now'],
  [{ disks: [] }, 'device 0: file:///a then, none now'],
  [{ disks: [{ ...disk, storage: 'file:///b' }] }, 'device 0: file:///a then, file:///b now'],
  [{ disks: [disk, { ...disk, id: 1 }] }, 'device 1: none then, file:///a now'],
  [{ nics: [] }, 'anet 0: 02:08:20:00:00:01 then, none now'],
  [{ nics: [{ ...nic, mtu: 9000 }] }, 'anet 0: 02:08:20:00:00:01 then, 02:08:20:00:00:01, MTU 9000 now'],
]
for (const [change, expected] of changes) {
  test(`guestDifferences() tells: ${expected}`, () => {
    assert.deepEqual(guestDifferences(had, { ...had, ...change }), [expected])
  })
}
