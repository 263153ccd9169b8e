import assert from 'node:assert/strict'
import { test } from 'node:test'
import { macAddressesOf } from './mac-addresses.ts'
import { parseExport } from './parse-export.ts'
import { toContract } from './to-contract.ts'

function addressesOf(anet: string) {
  const text = `create -b; set brand=solaris-kz\nadd capped-memory; set physical=1G; end\nadd anet; ${anet}; set id=0; end`
  return toContract(parseExport(text), { zonename: 'web1' }).nics.flatMap(macAddressesOf)
}

test('A NIC has its own MAC address and those of its mac sub-resources, also generated ones of one key', () => {
  const generated = (last: number) =>
    `add mac; set mac-address=auto; set auto-mac-address=2:8:20:0:0:${last}; end`
  assert.deepEqual(
    addressesOf(
      `set mac-address=2:8:20:0:0:1; add mac; set mac-address=2:8:20:0:0:2; end; ${generated(3)}; ${generated(4)}`,
    ),
    [
      { property: 'mac-address', macAddress: '02:08:20:00:00:01' },
      { property: 'mac[mac-address=2:8:20:0:0:2]:mac-address', macAddress: '02:08:20:00:00:02' },
      { property: 'mac[1]:mac-address', macAddress: '02:08:20:00:00:03' },
      { property: 'mac[2]:mac-address', macAddress: '02:08:20:00:00:04' },
    ],
  )
})

test('What is not generated yet, or only allowed, is no MAC address', () => {
  assert.deepEqual(
    addressesOf('add mac; set mac-address=auto; end; add mac; set allowed-mac-address=any; end'),
    [],
  )
})
