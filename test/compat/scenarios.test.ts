import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check } from '../../src/compat/check.ts'
import type { CheckInput } from '../../src/compat/input.ts'
import { rules } from '../../src/compat/rules/index.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { verifyConfig } from '../../src/zone/verify/verify-config.ts'
import { changedInput } from './changed-input.ts'
import { type Expected, inputOf, scenarios, WholeInput } from './read-scenarios.ts'
import { sampleConfig, sampleInput } from './sample-input.ts'

function found(input: CheckInput): Expected {
  const { verdict, findings } = check(input)
  return { verdict, findings: findings.map(({ rule, property }) => `${rule} ${property}`).toSorted() }
}

/** As the language refuses it, or `verify`. */
function problemsOf(configuration: string): string[] {
  try {
    const config = parseExport(sampleConfig + configuration)
    return verifyConfig(config, { zonename: 'web1' }).map(({ message }) => message)
  } catch (error) {
    return [(error as Error).message.split('\n').at(-1) ?? '']
  }
}

for (const scenario of scenarios) {
  test(`${scenario.file}: ${scenario.story}`, () => {
    if ('problem' in scenario) {
      const problems = problemsOf(scenario.configuration)
      assert.ok(problems.includes(scenario.problem), problems.join('; '))
      return
    }
    const { verdict, findings } = scenario.expect
    assert.deepEqual(found(inputOf(scenario)), { verdict, findings: findings.toSorted() })
  })
}

test('a scenario may be the whole contract and all facts', () => {
  for (const scenario of scenarios) {
    if (!('change' in scenario)) continue
    const input = changedInput(scenario.change)
    const whole = WholeInput.parse(JSON.parse(JSON.stringify(input)))
    assert.deepEqual(found(whole), found(input), scenario.file)
  }
  const { clock: _, ...older } = sampleInput().target
  assert.ok(
    found(WholeInput.parse({ ...sampleInput(), target: older })).findings.includes(
      'clock/offset target.clock',
    ),
  )
})

test('each rule finds something in a scenario', () => {
  const seen = new Set(
    scenarios.flatMap((scenario) =>
      'expect' in scenario ? scenario.expect.findings.map((finding) => finding.split(' ')[0]) : [],
    ),
  )
  assert.deepEqual(
    rules.map(({ id }) => id).filter((id) => !seen.has(id)),
    [],
  )
})
