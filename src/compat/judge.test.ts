import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges, type Changes } from '../../test/compat/apply-changes.ts'
import { sampleConfig, sampleInput } from '../../test/compat/sample-input.ts'
import { firstReason, judge } from './judge.ts'
import { cipherWish, type Form, type Source, type Subject, type Target } from './subject.ts'

interface Pair {
  readonly subject: Subject
  readonly source: Source
  readonly target: Target
}

/** The zone of the sample, which runs, and its two hosts; beta has no configuration of it. */
function pair(changes: Changes = {}): Pair {
  const { contract, properties, boot, zone, source, target } = sampleInput({ targetConfig: null })
  const form: Form = { contract, properties, boot, zone }
  const down: Form = { ...form, zone: { ...zone, state: 'installed' } }
  const made: Pair = {
    subject: {
      name: 'web1',
      state: 'running',
      auxiliary: [],
      storage: [],
      cpus: [],
      forms: { live: form, cold: down },
    },
    source: { facts: source, isSaved: false },
    target: { uri: 'ssh://beta', facts: target, configurations: {} },
  }
  return applyChanges(made, changes)
}

const judged = (changes: Changes = {}, wishes: Partial<Parameters<typeof judge>[3]> = {}) => {
  const { subject, source, target } = pair(changes)
  return judge(subject, source, target, { encrypt: true, ...wishes })
}

test('judge() is content with the best kind that passes', () => {
  const judgement = judged()
  assert.equal(judgement.kind, 'live')
  assert.deepEqual(
    judgement.reports.map(({ kind, verdict }) => [kind, verdict]),
    [['live', 'pass']],
  )
  assert.equal(firstReason(judgement), undefined)
})

test('judge() judges the cipher that was asked for, after -c as without it', () => {
  const reasonWith = (word: string | null) => firstReason(judged({}, cipherWish(word)))?.rule
  assert.equal(reasonWith('rot13'), 'protocol/encryption')
  for (const word of [null, 'none', 'aes-128-gcm']) assert.equal(reasonWith(word), undefined)
})

test('judge() goes on to the next kind, and the reason is that against the best', () => {
  const judgement = judged({ 'target.facts.hypervisor.known.tlsPsk': false })
  assert.equal(judgement.kind, 'cold')
  assert.deepEqual(
    judgement.reports.map(({ kind, verdict }) => [kind, verdict]),
    [
      ['live', 'refuse'],
      ['cold', 'pass'],
    ],
  )
  assert.equal(firstReason(judgement)?.rule, 'protocol/encryption')
})

test('judge() takes no kind that the operator would not, nor one that the zone is not fit for', () => {
  const without = { 'target.facts.hypervisor.known.tlsPsk': false }
  assert.equal(judged(without, { kinds: ['live'] }).kind, null)
  assert.equal(judged({ 'subject.forms': {} }).reports.length, 0)
  assert.deepEqual(
    judged({}, { kinds: ['cold'] }).reports.map(({ kind }) => kind),
    ['cold'],
  )
})

test("judge() compares with the target's own configuration of the zone", () => {
  const text = sampleConfig.replace('physical=4G', 'physical=2G')
  const configurations = { web1: { status: 'present', text } }
  assert.equal(firstReason(judged({ 'target.configurations': configurations }))?.rule, 'configuration/memory')
  const damaged = { web1: { status: 'damaged', reason: 'it cannot be read' } }
  assert.equal(firstReason(judged({ 'target.configurations': damaged }))?.verdict, 'unknown')
})

test('judge() knows of a saved host only what was asked before', () => {
  const saved = { 'target.configurations': null, 'target.facts.storage': { known: [] } }
  const reason = firstReason(judged(saved))
  assert.ok(reason?.verdict === 'unknown' && reason.property === 'target.storage')
  assert.match(reason.reason, /^its facts were saved without opening iscsi:.*,lun\.1, iscsi:.*,lun\.2$/)
  assert.match(
    reason.remedies[0]?.commands[0]?.command ?? '',
    /^zoneadm facts --json --storage iscsi:.* > beta\.json$/,
  )
  assert.equal(judged({ 'target.configurations': null }).kind, 'live', 'what was opened then is known')
})

test('judge() does not know the configuration that a saved host has of the zone', () => {
  const { source } = pair()
  const zones = { known: 'known' in source.facts.zones ? source.facts.zones.known : [] }
  const there = zones.known.map((zone) => ({ ...zone, state: 'configured' }))
  const saved = { 'target.configurations': null, 'target.facts.zones': { known: there } }
  const { kind, reports } = judged(saved)
  assert.equal(kind, null)
  const unknown = reports[0]?.findings.filter(({ verdict }) => verdict === 'unknown') ?? []
  assert.ok(unknown.some(({ property }) => property === 'targetContract'))
})

test('judge() passes over what the operator accepts not to know, and says so; a refusal stays one', () => {
  const saved = { 'target.configurations': null, 'target.facts.storage': { known: [] } }
  const accepting = { acceptsUntold: true }
  const { kind, reports } = judged(saved, accepting)
  assert.equal(kind, 'live')
  assert.deepEqual(reports[0]?.notJudged, ['target.storage'])
  const refused = judged({ ...saved, 'target.facts.architecture': 'aarch64' }, accepting)
  assert.equal(refused.kind, null)
  assert.equal(firstReason(refused)?.rule, 'hypervisor/architecture')
  const unread = judged({ ...saved, 'target.facts.links': { unknown: 'no ip' } }, accepting)
  assert.equal(firstReason(unread)?.verdict, 'unknown', 'a fact that could have been saved refuses')
  const asked = judged({ 'target.facts.storage': { unknown: 'no qemu-img' } }, accepting)
  assert.equal(firstReason(asked)?.verdict, 'unknown', 'so does one of a host that is asked')
})
