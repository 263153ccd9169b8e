import { testRule } from '../../../test/compat/rule-tester.ts'
import { networkVlanTags } from './network-vlan-tags.ts'

const further = { config: 'select anet id=0; add vlan; set vlan-id=9; end; end' }
const filtersThere = { 'target.links.known.0.vlanFiltering': true }
const finds = [
  'anet[id=0]:vlan[vlan-id=9]:vlan-id: 9 (br0 has VLAN filtering off) | br0 has VLAN filtering on',
]

testRule(networkVlanTags, {
  passes: {
    'a NIC without a vlan sub-resource': { config: 'select anet id=0; set vlan-id=7; end', ...filtersThere },
    'a bridge that lets through what is tagged': further,
    'bridges that filter on both hosts': {
      ...further,
      ...filtersThere,
      'source.links.known.0.vlanFiltering': true,
    },
    'a bridge that is not there: another rule refuses it': { ...further, 'target.links.known': [] },
    'hosts without bridges, where an ordinary user runs zonesd': {
      ...further,
      'source.links.known': [],
      ...filtersThere,
    },
  },
  refuses: {
    'a bridge that filters, where that of the source does not': {
      change: { ...further, ...filtersThere },
      finds,
    },
    'the same where either host chooses the bridge': {
      change: {
        config: 'select anet id=0; set lower-link=auto; add vlan; set vlan-id=9; end; end',
        ...filtersThere,
      },
      finds,
    },
    'VLANs that the guest may make up': {
      change: {
        config: 'select anet id=0; add vlan; set allowed-vlan-ids=10-19; end; end',
        targetConfig: null,
        ...filtersThere,
      },
      finds: [
        'anet[id=0]:vlan[0]:allowed-vlan-ids: 10-19 (br0 has VLAN filtering off) | br0 has VLAN filtering on',
      ],
    },
  },
})
