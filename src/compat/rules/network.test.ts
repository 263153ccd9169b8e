import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkLowerLink } from './network-lower-link.ts'
import { networkMac } from './network-mac.ts'
import { networkMtu } from './network-mtu.ts'

const auto = { 'targetContract.known.nics.0.lowerLink': 'auto' }
const imported = { targetContract: { known: null } }

testRule(networkLowerLink, {
  passes: {
    'auto, where the target has a bridge for it': auto,
    'a zone without NICs': { 'targetContract.known.nics': [] },
  },
  refuses: {
    'a bridge that is not there': {
      change: { 'target.links.known': [{ name: 'br7', kind: 'bridge', up: true, mtu: 1500 }] },
      finds: ['anet 0:lower-link: br0 | not there (bridges: br7)'],
    },
    'a bridge that is down': {
      change: { ...imported, 'target.links.known.0.up': false },
      finds: ['anet 0:lower-link: br0 | br0 is down'],
    },
    'what is no bridge, for a net': {
      change: {
        'targetContract.known.nics.0.lowerLink': 'eth0',
        'targetContract.known.nics.0.kind': 'net',
      },
      finds: ['net 0:physical: eth0 | eth0 is no bridge but ethernet'],
    },
    'auto, where there is nothing for it': {
      change: { ...auto, 'target.defaultLink': { known: null }, 'target.links.known': [] },
      finds: ['anet 0:lower-link: auto | no bridge for auto (bridges: none)'],
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
      finds: ['anet 0:mtu: 9000 | 1500 (br0)'],
    },
  },
})

testRule(networkMac, {
  passes: {
    'the own configuration on the target': {},
    'an address that is not generated yet': { 'contract.nics.0.macAddress': undefined },
  },
  refuses: {
    'another zone with this address': {
      change: { 'target.zones.known.0.name': 'clone', 'target.zones.known.0.uuid': 'c' },
      finds: ['anet 0:mac-address: 02:08:20:e7:b8:79 | used by zone clone'],
    },
  },
})
