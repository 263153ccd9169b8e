import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkLowerLink } from './network-lower-link.ts'
import { networkMtu } from './network-mtu.ts'
import { networkMtuAtBoot } from './network-mtu-at-boot.ts'
import { networkOffloads } from './network-offloads.ts'
import { networkVlan } from './network-vlan.ts'
import { networkVlanUplink } from './network-vlan-uplink.ts'

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

const jumbo = { 'boot.known.nics.0.mtu': 9000 }
const wide = (name: string, kind: string) => ({ ...link(name, kind), mtu: 9000 })
const ports = (...mtus: readonly number[]) =>
  mtus.map((mtu, index) => ({ ...link(`eth${index}`, 'ethernet'), mtu, bridge: 'br0' }))

testRule(networkMtu, {
  passes: {
    'a larger one': { 'target.links.known.0.mtu': 9000 },
    'a bridge that is not there: another rule refuses it': { 'target.links.known': [] },
    'an uplink that carries it, beside a container that does not': {
      ...jumbo,
      'target.links.known': [wide('br0', 'bridge'), ...ports(9000, 1500)],
    },
    'a port of another bridge': {
      ...jumbo,
      'target.links.known': [wide('br0', 'bridge'), { ...link('eth0', 'ethernet'), bridge: 'br1' }],
    },
    'a bridge that only zones are on': {
      ...jumbo,
      'target.links.known': [wide('br0', 'bridge'), { ...link('kz0123abcda0', 'other'), bridge: 'br0' }],
    },
  },
  refuses: {
    'uplinks that are all smaller than their bridge': {
      change: { ...jumbo, 'target.links.known': [wide('br0', 'bridge'), ...ports(1400, 1500)] },
      finds: ['anet[id=0]:mtu: 9000 (what the guest was told at its boot) | 1500 (of eth1)'],
    },
    'a smaller one': {
      change: { ...auto, 'boot.known.nics.0.mtu': 9000 },
      finds: ['anet[id=0]:mtu: 9000 (what the guest was told at its boot) | 1500 (of br0)'],
    },
  },
})

testRule(networkMtuAtBoot, {
  passes: { 'a larger one': { 'target.links.known.0.mtu': 9000 } },
  refuses: {
    'a smaller one': {
      change: { 'target.links.known.0.mtu': 1280 },
      finds: ['anet[id=0]:mtu: 1500 (what the guest will be told at its next boot) | 1280 (of br0)'],
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

const bridged = { ...link('br0', 'bridge'), vlanFiltering: true }
const port = (name: string, vlans: readonly (readonly [number, number])[]) => ({
  ...link(name, 'ethernet'),
  bridge: 'br0',
  vlans,
})

testRule(networkVlanUplink, {
  passes: {
    'an uplink that carries it': {
      ...inVlan,
      'target.links.known': [
        bridged,
        port('eth0', [
          [1, 1],
          [5, 9],
        ]),
      ],
    },
    'one of two uplinks that carries it': {
      ...inVlan,
      'target.links.known': [bridged, port('eth0', []), port('eth1', [[7, 7]])],
    },
    'a bridge that does not tell VLANs apart: another rule refuses it': inVlan,
    'a NIC in no VLAN': { 'target.links.known.0': bridged },
  },
  refuses: {
    'uplinks that do not carry it': {
      change: { ...inVlan, 'target.links.known': [bridged, port('eth0', [[8, 9]]), port('eth1', [])] },
      finds: ['anet[id=0]:vlan-id: 7 | br0: not on eth0, eth1'],
    },
    'a bridge whose only ports are those of zones and of other bridges': {
      change: {
        ...inVlan,
        'target.links.known': [
          bridged,
          port('kz0123abcda0', [[7, 7]]),
          { ...port('eth0', [[7, 7]]), bridge: 'br1' },
        ],
      },
      finds: ['anet[id=0]:vlan-id: 7 | br0 has no uplink'],
    },
  },
})

const untold = { kind: 'anet', id: 0, mac: '02:08:20:e7:b8:79', mtu: 1500 }
const segmenting = { 'boot.known.nics.0.offloads': ['GUEST_TSO4', 'GUEST_USO4', 'HOST_USO'] }

testRule(networkOffloads, {
  passes: {
    'a guest that does not use what is new, on an old kernel': { 'target.kernel': '5.10.0-30-amd64' },
    'a kernel that has it, of two digits': { ...segmenting, 'target.kernel': '6.12.57+deb13-amd64' },
    'a QEMU that cannot tell, and is too old to offer it': {
      'boot.known.nics.0': untold,
      'boot.known.qemuVersion': '7.1.0',
    },
    'a kernel that has it, whatever the guest uses': {
      'boot.known.nics.0': untold,
      'boot.known.qemuVersion': '10.0.2',
      'target.kernel': '6.12.57+deb13-amd64',
    },
    'a guest that does not use it, whatever the kernel is': { 'target.kernel': 'kz-custom' },
  },
  refuses: {
    'what the kernel there lacks': {
      change: { ...segmenting, 'target.kernel': '6.1.0-40-amd64' },
      finds: [
        'anet[id=0]:offloads: the guest uses GUEST_USO4, HOST_USO | Linux 6.1.0-40-amd64 (6.2 is the first that has it)',
      ],
    },
  },
  unknown: {
    'if a later QEMU cannot tell what the guest uses': {
      change: { 'boot.known.nics.0': untold, 'boot.known.qemuVersion': '10.0.2' },
      reason: /cannot tell what the guest leaves/,
    },
    'if the kernel has no version that can be compared': {
      change: { ...segmenting, 'target.kernel': 'kz-custom' },
      reason: /"kz-custom" is no version/,
    },
  },
})
