import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineType, q35Versions } from './machine-type.ts'

const older = ['pc-q35-7.2', 'pc-q35-6.2', 'pc-i440fx-7.2', 'q35', 'none']
const newer = [...older, 'pc-q35-10.0', 'pc-q35-9.2', 'pc-q35-9.0']

test('q35Versions() sorts by number, and leaves out what is no version of q35', () => {
  assert.deepEqual(q35Versions(newer), [
    'pc-q35-6.2',
    'pc-q35-7.2',
    'pc-q35-9.0',
    'pc-q35-9.2',
    'pc-q35-10.0',
  ])
  assert.deepEqual(q35Versions(['q35', 'pc-q35-7.2-custom', 'xpc-q35-7.2']), [])
})

const chosen = [
  [[], older, 'pc-q35-7.2'],
  [[], newer, 'pc-q35-7.2'],
  [['adi', 'memlzr'], newer, 'pc-q35-7.2'],
  [['level1'], newer, 'pc-q35-7.2'],
  [['memlzr', 'level2'], newer, 'pc-q35-10.0'],
  [['native'], older, 'pc-q35-7.2'],
  [['native', 'adi'], newer, 'pc-q35-10.0'],
] as const

for (const [values, offered, expected] of chosen) {
  test(`host-compatible=${values.join(',')} boots ${expected} on a host with ${q35Versions(offered).at(-1)}`, () => {
    assert.equal(machineType(values, offered), expected)
  })
}

test('A level that the hypervisor is too old for is refused, with what it has', () => {
  assert.throws(() => machineType(['level2'], older), {
    code: 'MACHINE_UNKNOWN',
    message:
      /"level2" needs the machine pc-q35-10\.0, which this host's QEMU does not know \(it knows pc-q35-6\.2 to pc-q35-7\.2\)/,
  })
  for (const values of [[], ['native']]) {
    assert.throws(() => machineType(values, ['pc-i440fx-7.2']), { code: 'MACHINE_UNKNOWN' })
  }
})
