import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyChanges, type Changes } from '../../test/compat/apply-changes.ts'
import { comparable, differences, singleDifferences } from '../../test/compat/arbitrary-input.ts'
import { changedInput } from '../../test/compat/changed-input.ts'
import { luns, sampleInput } from '../../test/compat/sample-input.ts'
import { HostFacts } from '../facts/schema.ts'
import { check } from './check.ts'
import type { CheckInput } from './input.ts'
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
      assert.deepEqual(check(input).findings, [])
    }),
  )
})

test('check() never turns a refusal into a pass when a fact is removed', () => {
  fc.assert(
    fc.property(differences(), fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (change, picks) => {
      const input = changedInput(change)
      const paths = knownPaths(input)
      const removed = Object.fromEntries(
        picks.map((pick) => [paths[pick % paths.length] ?? 'boot', { unknown: 'removed' }]),
      )
      const before = check(input).verdict
      const after = check(withFewerFacts(input, removed)).verdict
      assert.ok(before === 'pass' || after === 'refuse')
    }),
    { numRuns: 500 },
  )
})

test('check() never turns a refusal into a pass when a host does not tell a part of a fact', () => {
  const untold: [string, unknown][] = [
    'boot.known.nics.0.offloads',
    ...luns.flatMap((_, index) => identities(index)),
    ...[0, 1].flatMap((index) => [
      `target.links.known.${index}.addresses`,
      `target.links.known.${index}.macAddress`,
    ]),
  ].map((path) => [path, undefined])
  const asNull: [string, unknown][] = [
    'boot.known.tscFrequencyHz',
    'boot.known.lockedBytes',
    'target.tsc.known.frequencyHz',
    'target.mitigations.known.microcode',
    'target.clock.known.synchronised',
  ].map((path) => [path, null])
  const neverPasses = (change: Changes, [path, value]: [string, unknown]) => {
    const input = changedInput(change)
    if (!hasPath(input, path)) return
    const before = check(input).verdict
    const after = check(applyChanges(input, { [path]: value })).verdict
    assert.ok(before === 'pass' || after === 'refuse', `${path} of ${JSON.stringify(change)}`)
  }
  const parts = [...untold, ...asNull]
  for (const change of singleDifferences) for (const part of parts) neverPasses(change, part)
  fc.assert(fc.property(differences(), fc.constantFrom(...parts), neverPasses), { numRuns: 500 })
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

/** The paths of all facts that are known, also of those inside others; inner ones last. */
function knownPaths(data: unknown, path: readonly string[] = []): string[] {
  if (typeof data !== 'object' || data === null) return []
  const own = 'known' in data ? [path.join('.')] : []
  return [...own, ...Object.entries(data).flatMap(([key, value]) => knownPaths(value, [...path, key]))]
}

/** Inner facts first: their paths are gone once an outer one is removed. */
function withFewerFacts(input: CheckInput, removed: Changes): CheckInput {
  const inwardsFirst = Object.entries(removed).toSorted(([a], [b]) => b.length - a.length)
  return applyChanges(input, Object.fromEntries(inwardsFirst))
}

function identities(disk: number): string[] {
  return ['source', 'target'].map((side) => `${side}.storage.known.${disk}.opened.identity`)
}

function hasPath(data: unknown, path: string): boolean {
  let at = data
  for (const key of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[key]
  return at !== undefined
}
