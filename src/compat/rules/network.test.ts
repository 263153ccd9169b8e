import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkAddress } from './network-address.ts'
import { networkLowerLink } from './network-lower-link.ts'
import { networkMac } from './network-mac.ts'
import { networkMtu } from './network-mtu.ts'
import { networkVlan } from './network-vlan.ts'

const auto = { targetConfig: 'select anet id=0; set lower-link=auto; end' }
const link = (name: string, kind: string, up = true) => ({ name, kind, up, mtu: 1500, vlanFiltering: false })

testRule(networkLowerLink, {
  passes: {
    'auto, where the target has a bridge for it': auto,
    'a zone without NICs': { targetConfig: 'remove anet id=0', 'target.links.known': [] },
    'no bridge, where an ordinary user runs zonesd on both hosts': {
      'source.userNetwork': true,
      'target.userNetwork': true,
      'target.links.known': [],
    },
  },
  refuses: {
    'a bridge that is not there': {
      change: { 'target.links.known': [link('br7', 'bridge')] },
      finds: ['anet[id=0]:lower-link: br0 | no link br0 (bridges: br7)'],
    },
    'no bridge, where an ordinary user runs zonesd on the source alone': {
      change: { targetConfig: null, 'source.userNetwork': true, 'target.links.known': [] },
      finds: ['anet[id=0]:lower-link: br0 | no link br0 (bridges: none)'],
    },
    'a bridge that is down': {
      change: { targetConfig: null, 'target.links.known.0.up': false },
      finds: ['anet[id=0]:lower-link: br0 | br0 is down (bridges: br0)'],
    },
    'what is no bridge, for a net': {
      change: {
        targetConfig:
          'remove anet id=0; add net; set physical=eth0; set mac-address=2:8:20:e7:b8:79; set id=0; end',
      },
      finds: ['net[id=0]:physical: eth0 | eth0 is no bridge but ethernet (bridges: br0)'],
    },
    'auto, where there is nothing for it': {
      change: { ...auto, 'target.defaultLink': { known: null }, 'target.links.known': [] },
      finds: ['anet[id=0]:lower-link: auto | no bridge for auto (bridges: none)'],
    },
  },
})

testRule(networkMtu, {
  passes: {
    'a larger one': { 'target.links.known.0.mtu': 9000 },
    'a bridge that is not there: another rule refuses it': { 'target.links.known': [] },
  },
  refuses: {
    'a smaller one': {
      change: { ...auto, 'boot.known.nics.0.mtu': 9000 },
      finds: ['anet[id=0]:mtu: 9000 (what the guest was told at its boot) | 1500 (of br0)'],
    },
  },
})

const inVlan = { config: 'select anet id=0; set vlan-id=7; end' }

testRule(networkVlan, {
  passes: {
    'a NIC without a VLAN': {},
    'a bridge that filters': { ...inVlan, 'target.links.known.0.vlanFiltering': true },
    'a bridge that is not there: another rule refuses it': { ...inVlan, 'target.links.known': [] },
  },
  refuses: {
    'a bridge that does not filter': {
      change: inVlan,
      finds: ['anet[id=0]:vlan-id: 7 | br0 has VLAN filtering off'],
    },
  },
})

const clone = {
  name: 'clone',
  uuid: 'c',
  state: 'installed',
  auxiliary: [],
  macAddresses: ['02:08:20:e7:b8:79'],
  allowedAddresses: ['10.0.0.7/16', '2001:DB8::7'],
  memoryBytes: 1,
  storage: [],
}

testRule(networkMac, {
  passes: {
    'the own configuration on the target': {},
    'an address that is not generated yet': {
      config: 'select anet id=0; clear auto-mac-address; end',
      'target.zones.known.1': clone,
    },
  },
  refuses: {
    'a zone of either host with this address': {
      change: { 'target.zones.known.1': clone, 'source.zones.known.1': { ...clone, name: 'copy' } },
      finds: [
        'anet[id=0]:mac-address: 02:08:20:e7:b8:79 | 02:08:20:e7:b8:79 (zone clone on beta, installed)',
        'anet[id=0]:mac-address: 02:08:20:e7:b8:79 | 02:08:20:e7:b8:79 (zone copy on alpha, installed)',
      ],
    },
  },
})

testRule(networkAddress, {
  passes: {
    'a zone that may use any address': { 'target.zones.known.1': clone },
    'an address that only begins alike': {
      config: 'select anet id=0; set allowed-address=10.0.0.70/24; end',
      'target.zones.known.1': clone,
    },
  },
  refuses: {
    'each address that another zone has, whatever the length of its prefix': {
      change: {
        config: 'select anet id=0; set allowed-address=10.0.0.7/24,2001:db8::7/64; end',
        'target.zones.known.1': clone,
      },
      finds: [
        'anet[id=0]:allowed-address: 10.0.0.7/24 | 10.0.0.7 (zone clone on beta, installed)',
        'anet[id=0]:allowed-address: 2001:db8::7/64 | 2001:db8::7 (zone clone on beta, installed)',
      ],
    },
  },
})
