import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changes } from '../../../test/compat/apply-changes.ts'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import type { Rule } from '../rule.ts'
import { identityMaintenance } from './identity-maintenance.ts'
import { identityName } from './identity-name.ts'
import { identityOtherHost } from './identity-other-host.ts'
import { identityOwner } from './identity-owner.ts'
import { identityOwnerRecord } from './identity-owner-record.ts'
import { identityTargetState } from './identity-target-state.ts'

const { zone, source } = sampleInput()

testRule(identityOtherHost, {
  passes: { 'another host of the same name': { 'target.host.name': 'alpha' } },
  refuses: {
    'the same host under another name': {
      change: { 'target.host.id': source.host.id },
      finds: [`host id: ${source.host.id} (alpha) | ${source.host.id} (beta, as ssh://beta)`],
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
      finds: [`zonename: web1 (uuid ${zone.uuid}) | web1 (uuid other, configured)`],
    },
    'this zone under another name': {
      change: { 'target.zones.known.0.name': 'old' },
      finds: [`uuid: ${zone.uuid} (zone web1) | ${zone.uuid} (zone old, configured)`],
    },
  },
})

testRule(identityOwner, {
  passes: {
    'a disk that names the source': { owner: { known: { status: 'ours' } } },
    'a disk without host data': { owner: { known: { status: 'none', why: 'It was installed before' } } },
    'facts that were saved': { owner: { known: null } },
  },
  refuses: {
    'a zone that another host has taken over': {
      change: {
        owner: { known: { status: 'other', host: 'gamma', state: 'running', updatedAt: '2026-11-20' } },
      },
      finds: [
        'host data: owner: gamma (running, 2026-11-20), and not alpha | takes a zone from its owner only',
      ],
    },
  },
})

testRule(identityOwnerRecord, {
  passes: {
    'a disk that names the source': { owner: { known: { status: 'ours' } } },
    'disks that all do': { owner: { known: { status: 'ours', without: [] } } },
    'facts that were saved': { owner: { known: null } },
  },
  refuses: {
    'a disk without host data': {
      change: { owner: { known: { status: 'none', why: 'It was installed before' } } },
      finds: ['host data: none | comes without'],
    },
    'one boot disk of two without': {
      change: { owner: { known: { status: 'ours', without: [1] } } },
      finds: ['host data on device 1: none | comes without'],
    },
  },
})

testRule(identityTargetState, {
  passes: { 'a target that does not have the zone': { 'target.zones.known': [] } },
  refuses: {
    'a copy that runs': {
      change: { 'target.zones.known.0.state': 'running' },
      finds: ['state: running | running (must be configured, or not there)'],
    },
    'one that another migration is bringing in': {
      change: { 'target.zones.known.0.auxiliary': ['migrating-in'] },
      finds: ['state: running | configured, migrating-in (must be configured, or not there)'],
    },
    'what is left of an installation': {
      change: { 'target.zones.known.0.state': 'incomplete' },
      finds: ['state: running | incomplete (must be configured, or not there)'],
    },
  },
})

function commandsOf(rule: Rule, change: Changes): string[] {
  const remedies = rule.judge(changedInput(change)).flatMap((finding) => finding.remedies)
  return remedies.flatMap(({ commands }) => commands.map(({ host, command }) => `${host}# ${command}`))
}

test('identity/name renames a zone that runs in the order that works', () => {
  const change = { 'target.zones.known.0.uuid': 'other', 'target.zones.known.0.state': 'running' }
  assert.deepEqual(commandsOf(identityName, change), [
    'beta# zoneadm -z web1 shutdown',
    'beta# zoneadm -z web1 detach',
    'beta# zoneadm -z web1 rename web1-2',
    'beta# zoneadm -z web1-2 attach',
    'beta# zoneadm -z web1-2 boot',
  ])
})

for (const [state, commands] of [
  ['configured', ['rename web1-2']],
  ['unavailable', ['rename web1-2']],
  ['incomplete', ['mark unavailable', 'rename web1-2', 'mark incomplete']],
] as const) {
  test(`identity/name renames a zone that is ${state} without detaching it`, () => {
    const change = { 'target.zones.known.0.uuid': 'other', 'target.zones.known.0.state': state }
    const typed = commandsOf(identityName, change).map((line) => line.replace(/^.* -z \S+ /, ''))
    assert.deepEqual(typed, commands)
  })
}

for (const state of ['unavailable', 'incomplete']) {
  test(`identity/name removes what is left of a copy that is ${state}, which cannot be detached`, () => {
    const change = { 'target.zones.known.0.name': 'old', 'target.zones.known.0.state': state }
    assert.deepEqual(commandsOf(identityName, change), [
      'beta# zoneadm -z old list -s',
      'beta# zoneadm -z old uninstall',
      "beta# zonecfg -z old 'delete -F'",
    ])
  })
}

test('identity/target-state lets go of a copy by its state', () => {
  assert.deepEqual(commandsOf(identityTargetState, { 'target.zones.known.0.state': 'running' }), [
    'beta# zoneadm -z web1 halt',
    'beta# zoneadm -z web1 detach',
  ])
  assert.deepEqual(commandsOf(identityTargetState, { 'target.zones.known.0.state': 'incomplete' }), [
    'beta# zoneadm -z web1 list -s',
    'beta# zoneadm -z web1 uninstall',
  ])
})

testRule(identityMaintenance, {
  passes: {
    'a source in maintenance, or that goes down: zones are to leave it': {
      'source.maintenance.known': 'new disks',
      'source.goingDown': true,
    },
  },
  refuses: {
    'a target in maintenance': {
      change: { 'target.maintenance.known': 'new disks until noon' },
      finds: ['maintenance: a zone is to leave it | beta is in maintenance: new disks until noon'],
    },
    'a target that goes down': {
      change: { 'target.goingDown': true },
      finds: ['shutdown: a zone is to leave it | beta goes down'],
    },
  },
})
