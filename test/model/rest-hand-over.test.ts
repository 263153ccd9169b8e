import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explore } from './explore.ts'
import { model, type Rules, rules } from './rest-hand-over.ts'

test('A zone at rest is never on both hosts and never on none, whatever dies when', (t) => {
  const { states, findings, taken } = explore(model, rules)
  t.diagnostic(`${states.length} states`)
  assert.deepEqual(findings, [])
  assert.ok(states.length > 100)
  assert.deepEqual(
    model.transitions.filter(({ name }) => !taken.has(name)).map(({ name }) => name),
    [],
    'every transition is possible somewhere',
  )
})

/** What goes wrong when one rule is broken. */
const broken: Readonly<Record<keyof Rules, RegExp>> = {
  handOverIsNoted: /never on both/,
  sourceAsksBeforeItTakesBack: /never on both/,
  noneIsFinal: /never on both/,
  arrivedIsDurable: /never on none/,
  noBootWhileUnsettled: /never on both/,
}

for (const [rule, what] of Object.entries(broken)) {
  test(`Without the rule ${rule} a promise is broken`, (t) => {
    const { findings } = explore(model, { ...rules, [rule]: false })
    const found = findings.find((finding) => what.test(finding.what))
    assert.ok(found !== undefined, JSON.stringify(findings))
    t.diagnostic(`${found.what}:\n  ${found.steps.join('\n  ')}`)
  })
}
