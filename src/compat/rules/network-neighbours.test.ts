import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkAddress } from './network-address.ts'
import { networkMac } from './network-mac.ts'

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

const unreadable = { ...clone, macAddresses: [], allowedAddresses: [], unread: 'it is damaged' }
const ownUnreadable = {
  'target.zones.known.0.unread': 'it is damaged',
  'source.zones.known.0.unread': 'torn',
}

testRule(networkMac, {
  passes: {
    'the own configuration on the target': {},
    'a configuration of its own that cannot be read: other rules refuse it': ownUnreadable,
    'a zone without NICs, whatever others have': {
      config: 'remove anet id=0',
      'target.zones.known.1': unreadable,
    },
    'a link that has no address, such as the loopback': {
      'target.links.known.1.kind': 'other',
      'target.links.known.1.macAddress': undefined,
    },
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
    'a further address of a NIC that another zone has': {
      change: {
        config: 'select anet id=0; add mac; set mac-address=2:8:20:0:0:9; end; end',
        'target.zones.known.1': { ...clone, macAddresses: ['02:08:20:00:00:09'] },
      },
      finds: [
        'anet[id=0]:mac[mac-address=2:8:20:0:0:9]:mac-address: 02:08:20:00:00:09 | 02:08:20:00:00:09 (zone clone on beta, installed)',
      ],
    },
    'a link of the target itself': {
      change: { 'target.links.known.1.macAddress': '02:08:20:e7:b8:79' },
      finds: ['anet[id=0]:mac-address: 02:08:20:e7:b8:79 | 02:08:20:e7:b8:79 (eth0 of beta itself)'],
    },
  },
  unknown: {
    'if it cannot be told what another zone has': {
      change: { 'target.zones.known.1': unreadable },
      reason: /^it is damaged$/,
    },
    'if the address of a link was not told': {
      change: { 'target.links.known.1.macAddress': undefined },
      reason: /did not tell it yet/,
    },
  },
})

testRule(networkAddress, {
  passes: {
    'a zone that may use any address': { 'target.zones.known.1': { ...clone, unread: 'it is damaged' } },
    'a configuration of its own that cannot be read: other rules refuse it': {
      config: 'select anet id=0; set allowed-address=10.0.0.7/24; end',
      ...ownUnreadable,
    },
    'a zone that may use any address, whatever links have': { 'target.links.known.1.addresses': undefined },
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
    'the same address in another spelling': {
      change: {
        config:
          'select anet id=0; set allowed-address=2001:db8:0:0:0::7/64,::ffff:10.0.0.7,::FFFF:a00:8; end',
        'target.zones.known.1': clone,
        'target.links.known.0.addresses': ['::ffff:10.0.0.8'],
      },
      finds: [
        'anet[id=0]:allowed-address: 2001:db8:0:0:0::7/64 | 2001:db8::7 (zone clone on beta, installed)',
        'anet[id=0]:allowed-address: ::ffff:10.0.0.7 | 10.0.0.7 (zone clone on beta, installed)',
        'anet[id=0]:allowed-address: ::FFFF:a00:8 | 10.0.0.8 (br0 of beta itself)',
      ],
    },
    'an address of the target itself': {
      change: {
        config: 'select anet id=0; set allowed-address=10.0.0.7/24; end',
        'target.links.known.0.addresses': ['10.0.0.7'],
      },
      finds: ['anet[id=0]:allowed-address: 10.0.0.7/24 | 10.0.0.7 (br0 of beta itself)'],
    },
  },
  unknown: {
    'if it cannot be told what another zone has': {
      change: {
        config: 'select anet id=0; set allowed-address=10.0.0.7/24; end',
        'source.zones.known.1': unreadable,
      },
      reason: /^it is damaged$/,
    },
    'if the addresses of a link were not told': {
      change: {
        config: 'select anet id=0; set allowed-address=10.0.0.7/24; end',
        'target.links.known.1.addresses': undefined,
      },
      reason: /did not tell it yet/,
    },
  },
})
