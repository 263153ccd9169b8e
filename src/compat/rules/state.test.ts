import { testRule } from '../../../test/compat/rule-tester.ts'
import { stateKind } from './state-kind.ts'
import { stateOperation } from './state-operation.ts'

testRule(stateKind, {
  passes: {
    'live of a running zone': {},
    'warm of a suspended zone': {
      'intent.kind': 'warm',
      'zone.state': 'installed',
      'zone.auxiliary': ['suspended'],
    },
    'cold of an installed zone': { 'intent.kind': 'cold', 'zone.state': 'installed' },
  },
  refuses: {
    'live of a zone that is down': {
      change: { 'zone.state': 'installed' },
      finds: ['state: installed | live needs: running'],
    },
    'cold of a suspended zone': {
      change: { 'intent.kind': 'cold', 'zone.state': 'installed', 'zone.auxiliary': ['suspended'] },
      finds: ['state: installed, suspended | cold needs: installed'],
    },
    'live of a zone that is leaving already': {
      change: { 'zone.auxiliary': ['migrating-out'], 'zone.state': 'running' },
      finds: ['state: running, migrating-out | live needs: running'],
    },
    'a zone that is configured only': {
      change: { 'zone.state': 'configured' },
      finds: ['state: configured | live needs: running'],
    },
  },
})

const move = { id: 'op-2', zoneUuid: null, zoneName: 'web1', kind: 'move' }

testRule(stateOperation, {
  passes: {
    'the operation that asks': { 'source.operations.known.0': { ...move, id: 'op-1' } },
    'what is done to another zone': { 'source.operations.known.0': { ...move, zoneName: 'db1' } },
  },
  refuses: {
    'a move on the source': {
      change: { 'source.operations.known.0': move },
      finds: ['operation: move | none'],
    },
    'a clean-up on the target': {
      change: { 'target.operations.known.0': { ...move, kind: 'clean-up' } },
      finds: ['operation: none | clean-up'],
    },
  },
})
