import { vlanIdRange } from './network-kinds.ts'
import { resourceType } from './resource-type.ts'
import { integer, listOf, wordOr } from './value-kind.ts'
import { nicProperty } from './virtual-nic.ts'

/** `anet:vlan`: a VLAN that the guest may use. */
export const anetVlan = resourceType(
  'vlan',
  'A VLAN that the guest may use',
  [
    nicProperty('vlan-id', 'Id of the VLAN', integer(1, 4094)),
    nicProperty(
      'allowed-vlan-ids',
      'Ranges of VLAN ids that the guest may make up, or any',
      listOf(wordOr(['any'], vlanIdRange)),
    ),
  ],
  { keys: ['vlan-id'] },
)
