import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changes } from '../../../test/compat/apply-changes.ts'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { noUuid } from '../subject.ts'
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
      finds: ['state: installed | live migration starts from: running'],
    },
    'cold of a suspended zone': {
      change: { 'intent.kind': 'cold', 'zone.state': 'installed', 'zone.auxiliary': ['suspended'] },
      finds: ['state: installed, suspended | cold migration starts from: installed'],
    },
    'warm of a running zone': {
      change: { 'intent.kind': 'warm' },
      finds: ['state: running | warm migration starts from: installed, suspended'],
    },
    'live of a zone that is leaving already': {
      change: { 'zone.auxiliary': ['migrating-out'], 'zone.state': 'running' },
      finds: ['state: running, migrating-out | live migration starts from: running'],
    },
    'live of a zone whose guest stands still': {
      change: { 'zone.auxiliary': ['paused'] },
      finds: ['state: running, paused | live migration starts from: running'],
    },
    'live of a zone whose suspension has not ended': {
      change: { 'zone.auxiliary': ['suspending'] },
      finds: ['state: running, suspending | live migration starts from: running'],
    },
    'a zone that is configured only': {
      change: { 'zone.state': 'configured' },
      finds: ['state: configured | live migration starts from: running'],
    },
    'one that was never installed': {
      change: { 'zone.state': 'configured', 'zone.uuid': noUuid },
      finds: ['state: configured | live migration starts from: running'],
    },
  },
})

test('A zone that was never installed is to be installed, and one that was is to be attached', () => {
  const typed = (change: Changes) =>
    stateKind
      .judge(changedInput({ 'zone.state': 'configured', ...change }))
      .flatMap(({ remedies }) => remedies.flatMap(({ commands }) => commands.map(({ command }) => command)))
  assert.deepEqual(typed({ 'zone.uuid': noUuid }), ['zoneadm -z web1 install', 'zoneadm -z web1 boot'])
  assert.deepEqual(typed({}), ['zoneadm -z web1 attach', 'zoneadm -z web1 boot'])
})

const install = { id: 'op-2', zoneUuid: null, zoneName: 'web1', kind: 'install' }

testRule(stateOperation, {
  passes: {
    'the operation that asks': { 'source.operations.known.0': { ...install, id: 'op-1' } },
    'what is done to another zone': { 'source.operations.known.0': { ...install, zoneName: 'db1' } },
  },
  refuses: {
    'an installation on the source': {
      change: { 'source.operations.known.0': install },
      finds: ['operation: install of zone web1 | none'],
    },
    'a migration of this zone under another name on the target': {
      change: {
        'target.operations.known.0': {
          ...install,
          zoneName: 'old',
          zoneUuid: '29be88cb-e61a-4204-8d9b-f4a61bf0efdd',
          kind: 'migrate',
        },
      },
      finds: ['operation: none | migrate of zone old'],
    },
  },
})
