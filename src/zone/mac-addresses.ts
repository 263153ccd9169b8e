import type { ContractNic } from './contract.ts'

/** A MAC address of a NIC, as its contract has it, and the property of the NIC that gives it. */
export interface GivenMacAddress {
  readonly property: string
  readonly macAddress: string
}

/** All MAC addresses that a guest may use on a NIC: its own, and those of its `mac` sub-resources. */
export function macAddressesOf({ macAddress, properties }: ContractNic): readonly GivenMacAddress[] {
  const own = macAddress === undefined ? [] : [{ property: 'mac-address', macAddress }]
  const further = Object.entries(properties)
    .filter(([path, value]) => /^mac\[.*\]:mac-address$/.test(path) && !/^(auto|random)$/.test(value))
    .map(([property, value]) => ({ property, macAddress: fullMacAddress(value) }))
  return [...own, ...further]
}

/** Two digits for each octet, as Linux and QEMU write it. */
export function fullMacAddress(address: string): string {
  return address
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
}
