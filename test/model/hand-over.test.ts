import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf } from './code-of.ts'
import { explore } from './explore.ts'
import { sourceTransitions } from './hand-over-source.ts'
import { always, initial, type Rules, reachable, rules } from './hand-over-state.ts'
import { targetTransitions } from './hand-over-target.ts'
import { worldTransitions } from './hand-over-world.ts'

const transitions = [...sourceTransitions, ...targetTransitions, ...worldTransitions]
const model = { initial, transitions, always, reachable }
const root = join(import.meta.dirname, '../..')

test('Whatever dies when and whatever is late: never two runners, and the zone is never lost', (t) => {
  const { states, findings, taken } = explore(model, rules)
  t.diagnostic(`${states.length} states`)
  assert.deepEqual(findings, [])
  assert.ok(states.length > 1000)
  const impossible = transitions.filter(({ name }) => !taken.has(name)).map(({ name }) => name)
  assert.deepEqual(impossible, [], 'every transition is possible somewhere')
})

/** What goes wrong when one rule is broken. */
const broken: Readonly<Record<keyof Rules, RegExp>> = {
  wayIsNotedBeforeSending: /never two runners/,
  sourceAsksBeforeItTakesBack: /never two runners/,
  noneIsFinal: /never two runners/,
  lossIsKept: /memory that has gone on elsewhere/,
  lossOutlivesForgetting: /memory that has gone on elsewhere/,
  arrivedIsDurable: /always recoverable/,
  markBeforeRunning: /memory that has gone on elsewhere/,
  arrivalsAreKept: /never two runners/,
  noBootWhileUnsettled: /never two runners/,
  oldGuestEndsFirst: /memory that has gone on elsewhere/,
  sourceKeepsWhatIsMissing: /deprived of a part of its memory/,
}

for (const [rule, what] of Object.entries(broken)) {
  test(`Without the rule ${rule} a promise is broken`, (t) => {
    const { findings } = explore(model, { ...rules, [rule]: false })
    const found = findings.find((finding) => what.test(finding.what))
    assert.ok(found !== undefined, JSON.stringify(findings))
    t.diagnostic(`${found.what}:\n  ${found.steps.join('\n  ')}`)
  })
}

test('What the target does, and the boot at the source, names the code that it mirrors, and that code is there', () => {
  const mirrored = sourceTransitions.filter(({ mirrors }) => mirrors !== undefined)
  assert.deepEqual(
    mirrored.map(({ name }) => name),
    ['S: the operator boots the zone'],
    'the code of the source is driven through all else',
  )
  for (const { name, mirrors } of [...mirrored, ...targetTransitions]) {
    const [file = '', word = ''] = (mirrors ?? '').split('#')
    assert.ok(word !== '' && codeOf(join(root, file)).includes(word), `${name}: ${mirrors}`)
  }
})
