import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf } from './code-of.ts'
import { explore } from './explore.ts'
import { model } from './owner-on-disk.ts'
import { type Rules, rules } from './owner-state.ts'
import { sourceSteps, targetSteps, thirdSteps } from './owner-steps.ts'

const root = join(import.meta.dirname, '../..')
const falsely = { ...rules, vouchedTruly: false }

/** Steps that only a broken rule makes possible. */
const ofBrokenRules = [
  'S: takes the record back without a word',
  'X: sees that the zone is another host’s, and ends it',
  'the record of S is written',
  'the record of T is written',
]

test('Where operators say that a host is gone only if it is, the zone never runs twice and is always to be had', (t) => {
  const { states, findings } = explore(model, rules)
  t.diagnostic(`${states.length} states`)
  assert.deepEqual(findings, [])
  assert.ok(states.length > 500)
})

test('Where they are wrong, one of two runners has it by the disk, and the other ends itself at its next look', (t) => {
  const { states, findings, taken } = explore(model, falsely)
  t.diagnostic(`${states.length} states`)
  assert.deepEqual(findings, [])
  assert.deepEqual(
    model.transitions.filter(({ name }) => !taken.has(name)).map(({ name }) => name),
    ofBrokenRules,
    'every other step is possible somewhere',
  )
})

const two = 'never two runners'
const superseded = 'nobody is superseded whom no operator has given up'
const recoverable = 'always recoverable: one host has the zone by the disk, and runs it alone'

/** What goes wrong when one rule is broken, though operators are right, or since they are wrong. */
const broken: readonly (readonly [keyof Rules, Rules, readonly string[]])[] = [
  ['offersBeforeItSends', rules, [superseded, recoverable]],
  ['claimsAfterGo', rules, [superseded, recoverable]],
  ['looksBeforeItBoots', rules, [two]],
  ['retakesByWordAlone', rules, [two, superseded]],
  ['retakesFromTargetAlone', rules, [two]],
  ['runnersLook', falsely, [recoverable]],
]

for (const [rule, kept, what] of broken) {
  test(`Without the rule ${rule} a promise is broken`, (t) => {
    const { findings } = explore(model, { ...kept, [rule]: false })
    assert.deepEqual(
      findings.map((found) => found.what),
      what,
    )
    for (const found of findings) t.diagnostic(`${found.what}:\n  ${found.steps.join('\n  ')}`)
  })
}

// So whoever boots by a record that gives the zone to another host as well looks again when that host must have written.
test('Two hosts that boot at the same moment by one offer would both run: storage has no compare-and-swap', (t) => {
  const { findings } = explore(model, { ...rules, writesAtOnce: false })
  const [found] = findings
  assert.equal(found?.what, two)
  // It takes a T whose arrival is not on the disk yet, and an operator who takes the zone back and cannot write that.
  assert.ok(found.steps.includes('S: the same, but cannot write'), found.steps.join())
  assert.ok(findings.every(({ what }) => what !== recoverable))
  t.diagnostic(found.steps.join('\n  '))
})

test('Every step of the model names the code that it mirrors, and that code is there', () => {
  for (const { name, mirrors } of [...sourceSteps, ...targetSteps, ...thirdSteps]) {
    if (ofBrokenRules.includes(name)) continue
    const [file = '', word = ''] = (mirrors ?? '').split('#')
    assert.ok(word !== '' && codeOf(join(root, file)).includes(word), `${name}: ${mirrors}`)
  }
})
