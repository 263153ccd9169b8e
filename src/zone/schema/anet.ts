import { anetMac } from './anet-mac.ts'
import { anetVlan } from './anet-vlan.ts'
import { linkName, macPrefix } from './network-kinds.ts'
import { resourceType } from './resource-type.ts'
import { choice, integer, listOf, matching, text, wordOr } from './value-kind.ts'
import { nic, nicProperty } from './virtual-nic.ts'

const rings = wordOr(['sw', 'hw'], integer(1, 1024))
const bandwidth = matching(
  'bandwidth',
  'a bandwidth such as 100M or 2G, in bits a second',
  /^\d{1,9}(\.\d{1,3})?[KMGkmg]?$/,
)
const percentage = integer(0, 100)

/** `anet`: a virtual NIC that kzone makes on the host. In the order of `info` of Solaris. */
export const anet = resourceType(
  'anet',
  'A virtual NIC, connected to a bridge of the host',
  [
    nicProperty('lower-link', 'Bridge on the host; auto: the host chooses', wordOr(['auto'], linkName), {
      default: 'auto',
      live: true,
      effect: 'acted-on',
    }),
    nic.allowedAddress,
    nic.configureAllowedAddress,
    nic.defrouter,
    nicProperty(
      'allowed-dhcp-cids',
      'DHCP client ids that the guest may use',
      listOf(text('a DHCP client id')),
    ),
    nicProperty(
      'link-protection',
      'What the guest may not send',
      listOf(choice('mac-nospoof', 'ip-nospoof', 'dhcp-nospoof', 'restricted', 'none')),
      { default: 'mac-nospoof' },
    ),
    nic.macAddress,
    nic.autoMacAddress,
    nicProperty('mac-prefix', 'First octets of a generated MAC address', macPrefix, { effect: 'acted-on' }),
    nicProperty('mac-slot', 'Slot of a factory MAC address', integer(1, 1024)),
    nicProperty('vlan-id', 'VLAN of the NIC (port VLAN id)', integer(1, 4094), { effect: 'acted-on' }),
    nicProperty('priority', 'Priority of its packets', choice('low', 'medium', 'high')),
    nicProperty('rxrings', 'Receive rings', rings),
    nicProperty('txrings', 'Transmit rings', rings),
    nic.mtu,
    nicProperty('maxbw', 'Highest bandwidth', bandwidth),
    nicProperty('bwshare', 'Share of the bandwidth', integer(1, 100)),
    nicProperty('rxfanout', 'Threads that receive', integer(1, 1024)),
    nicProperty('vsi-typeid', 'Virtual station interface: type', integer(0, 16_777_215)),
    nicProperty('vsi-vers', 'Virtual station interface: version', integer(0, 255)),
    nicProperty('vsi-mgrid', 'Virtual station interface: manager', text('an address')),
    nicProperty('etsbw-lcl', 'Bandwidth share on a DCB link, per cent', percentage),
    nicProperty('cos', 'Class of service', integer(0, 7)),
    nicProperty('evs', 'Elastic virtual switch', text('the name of a switch')),
    nicProperty('vport', 'Port of the elastic virtual switch', text('the name of a port')),
    nicProperty('iov', 'SR-IOV virtual function', choice('off', 'on', 'auto'), { default: 'off' }),
    nicProperty('lro', 'Large receive offload', choice('auto', 'on', 'off'), { default: 'auto' }),
    nicProperty('ring-group', 'Ring group', choice('auto', 'exclusive', 'shared'), {
      default: 'auto',
      shown: 'if-set',
    }),
    nicProperty('id', 'Number of the NIC: its place in the machine', integer(0, 9), {
      effect: 'acted-on',
    }),
  ],
  { keys: ['id'], numbered: 'id', children: [anetMac, anetVlan] },
)
