import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rule } from '../../src/compat/rule.ts'
import type { Difference, Finding } from '../../src/compat/schema.ts'
import type { Changes } from './apply-changes.ts'
import { changedInput } from './changed-input.ts'

export interface Refusal {
  readonly change: Changes
  /** `PROPERTY: SOURCE | TARGET` for each finding. */
  readonly finds: readonly string[]
}

export interface RuleCases {
  readonly passes: Readonly<Record<string, Changes>>
  readonly refuses: Readonly<Record<string, Refusal>>
  /** Things that the rule itself finds missing, beyond the facts it names; those are tried without being told. */
  readonly unknown?: Readonly<Record<string, { readonly change: Changes; readonly reason: RegExp }>>
}

/**
 * Tests a rule: it passes and it refuses (or warns) as told, and it is undecided for each of the facts it needs. The
 * cases are changes of the sample input (see `changedInput()`), on which every rule passes.
 */
export function testRule(rule: Rule, { passes, refuses, unknown = {} }: RuleCases): void {
  describe(rule.id, () => {
    assert.ok(Object.keys(passes).length > 0 && Object.keys(refuses).length > 0)
    for (const [title, change] of Object.entries(passes)) {
      test(`passes ${title}`, () => assert.deepEqual(judge(rule, change), []))
    }
    for (const [title, { change, finds }] of Object.entries(refuses)) {
      test(`finds ${title}`, () => {
        const findings = judge(rule, change).map(difference)
        assert.deepEqual(findings.map(inOneLine), finds)
        for (const finding of findings) checkWording(rule, finding)
      })
    }
    for (const [title, { change, reason }] of Object.entries(unknown)) {
      test(`is undecided ${title}`, () => {
        const findings = judge(rule, change)
        assert.ok(findings.length > 0)
        for (const finding of findings) {
          assert.match(finding.verdict === 'unknown' ? finding.reason : finding.verdict, reason)
          checkRemedies(finding)
        }
      })
    }
    for (const need of rule.needs) {
      test(`says where to look without ${need}, whoever could not read it`, () => {
        const findings = judge(rule, { [need]: { unknown: 'not tried' } })
        assert.ok(findings.length > 0)
        for (const finding of findings) checkRemedies(finding)
      })
      test(`is undecided without ${need}`, () => {
        const [finding, ...others] = judge(rule, { [need]: { unknown: 'not tried', remedy: ['try'] } })
        const host = need.startsWith('target') ? 'beta' : 'alpha'
        assert.deepEqual(others, [])
        assert.deepEqual(finding, {
          verdict: 'unknown',
          rule: rule.id,
          title: rule.title,
          manual: `man:kzone-compatibility(7)#${rule.id}`,
          property: need,
          host,
          reason: 'not tried',
          remedies: [{ how: 'Make it readable, then check again', commands: [{ host, command: 'try' }] }],
        })
      })
    }
  })
}

function judge(rule: Rule, change: Changes): readonly Finding[] {
  return rule.judge(changedInput(change))
}

function difference(finding: Finding): Difference {
  if (finding.verdict === 'unknown') assert.fail(`undecided: ${finding.reason}`)
  return finding
}

function inOneLine({ property, source, target }: Difference): string {
  return `${property}: ${source} | ${target}`
}

function checkWording(rule: Rule, { verdict, why, remedies }: Difference): void {
  assert.equal(verdict, rule.severity === 'error' ? 'refuse' : 'warn')
  assert.match(why, /^[A-Z].*[^.]$/)
  if (rule.severity === 'error') checkRemedies({ remedies })
  for (const { how } of remedies) assert.match(how, /^[A-Z].*[^.]$/)
}

function checkRemedies({ remedies }: Pick<Finding, 'remedies'>): void {
  assert.ok(remedies.length > 0, 'what keeps a zone from moving says how to get out of it')
}
