import { hostAddress, linkName } from './network-kinds.ts'
import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { integer } from './value-kind.ts'
import { nic, nicProperty } from './virtual-nic.ts'

/** `net`: a virtual NIC on a link that the operator has made. `anet` is the usual choice. */
export const net = resourceType(
  'net',
  'A virtual NIC on a link of the host that exists already; anet is the usual choice',
  [
    property('address', 'Only for zones of other brands with a shared IP stack', hostAddress),
    nic.allowedAddress,
    nic.configureAllowedAddress,
    nicProperty('physical', 'Bridge on the host', linkName, {
      required: true,
      tokens: ['id'],
      live: true,
      effect: 'acted-on',
    }),
    nic.defrouter,
    { ...nic.macAddress, shown: 'if-set' },
    nic.autoMacAddress,
    nicProperty('id', 'Number of the NIC: its place in the machine', integer(0, 3), {
      shown: 'if-set',
      effect: 'acted-on',
    }),
  ],
  { keys: ['id'], numbered: 'id' },
)
