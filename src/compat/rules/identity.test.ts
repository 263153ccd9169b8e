import { testRule } from '../../../test/compat/rule-tester.ts'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import { identityName } from './identity-name.ts'
import { identityOtherHost } from './identity-other-host.ts'
import { identityTargetState } from './identity-target-state.ts'

const { zone, source } = sampleInput()

testRule(identityOtherHost, {
  passes: { 'another host of the same name': { 'target.host.name': 'alpha' } },
  refuses: {
    'the same host under another name': {
      change: { 'target.host.id': source.host.id },
      finds: [`host id: ${source.host.id} | ${source.host.id} (ssh://beta)`],
    },
  },
})

testRule(identityName, {
  passes: {
    'a target that does not have the zone': { 'target.zones.known': [] },
    'a configuration that never was installed': { 'target.zones.known.0.uuid': null },
  },
  refuses: {
    'another zone of this name': {
      change: { 'target.zones.known.0.uuid': 'other' },
      finds: [`zonename: web1 (${zone.uuid}) | web1 (other)`],
    },
    'this zone under another name': {
      change: { 'target.zones.known.0.name': 'old' },
      finds: [`uuid: ${zone.uuid} (web1) | ${zone.uuid} (old)`],
    },
  },
})

testRule(identityTargetState, {
  passes: { 'a target that does not have the zone': { 'target.zones.known': [] } },
  refuses: {
    'a copy that runs': {
      change: { 'target.zones.known.0.state': 'running' },
      finds: ['state: running | running'],
    },
    'one that another migration is bringing in': {
      change: { 'target.zones.known.0.auxiliary': ['migrating-in'] },
      finds: ['state: running | configured, migrating-in'],
    },
  },
})
