import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configurationSuspended } from '../../src/compat/rules/configuration-suspended.ts'
import { guestDifferences } from '../../src/vm/guest-differences.ts'
import { toMachineSpec } from '../../src/vm/to-machine-spec.ts'
import { sampleInput } from './sample-input.ts'

const before = sampleInput()
const machineTypes = ['pc-q35-7.2']
const specOf = ({ contract }: typeof before) =>
  toMachineSpec(contract, { uuid: before.zone.uuid, accelerator: 'kvm', machineTypes })

/** Changes that a resumption refuses, and some that it does not mind. */
const changes: Readonly<Record<string, boolean>> = {
  'select capped-memory; set physical=8G; end': true,
  'select virtual-cpu; set ncpus=1; end': true,
  'clear cpu-arch': true,
  'clear hostid': true,
  'set hostid=0x1': true,
  'select device id=0; set storage=nfs://h/s/p; end': true,
  'remove device id=1': true,
  'add device; set storage=nfs://h/s/q; set id=4; end': true,
  'select anet id=0; set mac-address=2:8:20:0:0:1; end': true,
  'select anet id=0; set mtu=9000; end': true,
  'select anet id=0; clear mtu; end': true,
  'remove anet id=0': true,
  'set autoboot=false': false,
  'set bootargs=-s': false,
  'select anet id=0; set lower-link=br1; end': false,
}

for (const [change, isRefused] of Object.entries(changes)) {
  test(`The check of a warm migration and the resumption after it agree on: ${change}`, () => {
    const now = sampleInput({ config: change, targetConfig: null })
    const found = configurationSuspended.judge({ ...now, guest: before.contract })
    assert.deepEqual(
      [found.length > 0, guestDifferences(specOf(before), specOf(now)).length > 0],
      [isRefused, isRefused],
    )
  })
}
