import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyChanges } from '../../test/compat/apply-changes.ts'
import { differences } from '../../test/compat/arbitrary-input.ts'
import { changedInput } from '../../test/compat/changed-input.ts'
import { comparable } from '../../test/compat/comparable-input.ts'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { HostFacts } from '../facts/schema.ts'
import { check } from './check.ts'
import { rules } from './rules/index.ts'
import { Report } from './schema.ts'

test('check() of the sample passes without a warning', () => {
  const report = check(sampleInput())
  assert.deepEqual(report.findings, [])
  assert.equal(report.verdict, 'pass')
})

test('check() names each rule once, as found, passed or skipped', () => {
  const input = applyChanges(sampleInput(), { 'target.architecture': 'aarch64' })
  const { findings, passed, skipped } = check(input)
  const named = [...findings.map(({ rule }) => rule), ...passed, ...skipped]
  assert.deepEqual(named.toSorted(), rules.map(({ id }) => id).toSorted())
})

test('check() passes equal contracts on equal hosts', () => {
  fc.assert(
    fc.property(comparable(), (input) => {
      const { verdict, findings } = check(input)
      assert.equal(verdict, 'pass')
      // Whoever asks for post-copy is told what it means.
      const { kind, postcopy } = input.intent
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        kind === 'live' && postcopy === true ? ['memory/postcopy'] : [],
      )
    }),
    { numRuns: 300 },
  )
})

test('check() is refused by any fact that a live migration needs', () => {
  const needed = new Set(rules.filter(({ kinds }) => kinds.includes('live')).flatMap(({ needs }) => needs))
  for (const need of needed) {
    const report = check(applyChanges(sampleInput(), { [need]: { unknown: 'removed' } }))
    assert.equal(report.verdict, 'refuse', need)
  }
})

test('check() does not depend on the order of the rules', () => {
  fc.assert(
    fc.property(
      differences(),
      fc.shuffledSubarray([...rules], { minLength: rules.length }),
      (change, shuffled) => {
        const input = changedInput(change)
        assert.deepEqual(check(input, shuffled), check(input))
      },
    ),
  )
})

test('a report and the facts it was made of survive the way to another host', () => {
  fc.assert(
    fc.property(differences(), (change) => {
      const input = changedInput(change)
      const report = check(input)
      assert.deepEqual(Report.parse(JSON.parse(JSON.stringify(report))), report)
      assert.deepEqual(HostFacts.parse(JSON.parse(JSON.stringify(input.target))), input.target)
    }),
  )
})
