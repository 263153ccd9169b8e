import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkUplink } from './network-uplink.ts'

const uplinks = { 'source.links.known.1.bridge': 'br0', 'target.links.known.1.bridge': 'br0' }
const downThere = { ...uplinks, 'target.links.known.1.up': false }

testRule(networkUplink, {
  passes: {
    'an uplink that is up on both hosts': uplinks,
    'bridges that lead nowhere on either host': {},
    'an uplink that is down on both hosts': { ...downThere, 'source.links.known.1.up': false },
    'one of two uplinks that is down': {
      ...downThere,
      'target.links.known.2': {
        name: 'eth1',
        kind: 'ethernet',
        up: true,
        mtu: 1500,
        vlanFiltering: false,
        addresses: [],
        bridge: 'br0',
      },
    },
    'a bridge that is down: another rule refuses it': { ...downThere, 'target.links.known.0.up': false },
    'a VLAN that no port carries: another rule warns': {
      'source.links.known.1.bridge': 'br0',
      'target.links.known.0.vlanFiltering': true,
      config: 'select anet id=0; set vlan-id=7; end',
    },
  },
  refuses: {
    'an uplink that is down': {
      change: downThere,
      finds: ['anet[id=0]:lower-link: br0, with eth0 up | br0: eth0 down'],
    },
    'a bridge without an uplink, chosen by each host': {
      change: {
        'source.links.known.1.bridge': 'br0',
        config: 'select anet id=0; set lower-link=auto; end',
      },
      finds: ['anet[id=0]:lower-link: br0, with eth0 up | br0 has no uplink'],
    },
    'the bridge of a net': {
      change: {
        ...downThere,
        config: 'remove anet id=0; add net; set physical=br0; set mac-address=2:8:20:e7:b8:79; set id=0; end',
      },
      finds: ['net[id=0]:physical: br0, with eth0 up | br0: eth0 down'],
    },
  },
})
