import { macPrefix } from './network-kinds.ts'
import { resourceType } from './resource-type.ts'
import { listOf, wordOr } from './value-kind.ts'
import { nic, nicProperty } from './virtual-nic.ts'

/** `anet:mac`: a further MAC address for the guest's own use. */
export const anetMac = resourceType(
  'mac',
  'A further MAC address that the guest may use',
  [
    { ...nic.macAddress, default: undefined, effect: 'stored' },
    { ...nic.autoMacAddress, effect: 'stored' },
    nicProperty(
      'allowed-mac-address',
      'Prefixes of the MAC addresses that the guest may make up, or any',
      listOf(wordOr(['any'], macPrefix)),
    ),
  ],
  { keys: ['mac-address'] },
)
