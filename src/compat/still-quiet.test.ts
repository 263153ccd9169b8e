import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../test/compat/arbitrary-input.ts'
import { changedInput } from '../../test/compat/changed-input.ts'
import { check } from './check.ts'
import type { CheckInput } from './input.ts'
import { rules } from './rules/index.ts'
import { shareEqual } from './share-equal.ts'
import { StillQuiet } from './still-quiet.ts'

/** One zone, to be checked against hosts that differ in many ways, with equal facts as the same objects. */
function oneZoneManyTargets(changed: readonly CheckInput[]): CheckInput[] {
  const base = changedInput({})
  const facts = shareEqual(changed.map(({ target }) => target))
  return changed.flatMap((other, index) => {
    const { targetContract, targetProperties, keys, owner, path, sharing, clockOffset } = other
    const target = facts[index]
    if (target === undefined) return []
    const own = { targetContract, targetProperties, keys, owner, path, sharing, clockOffset }
    const told = Object.fromEntries(Object.entries(own).filter(([, fact]) => fact !== undefined))
    return [{ ...base, ...told, target, intent: { ...base.intent, targetUri: `ssh://host${index}` } }]
  })
}

test('One host after the other is judged as if each were the only one', () => {
  fc.assert(
    fc.property(fc.array(differences(), { minLength: 2, maxLength: 12 }), (changes) => {
      const kept = [...rules]
      for (const input of oneZoneManyTargets(changes.map(changedInput))) {
        assert.deepEqual(check(input, kept), check(input, [...rules]))
      }
    }),
    { numRuns: 100 },
  )
})

test('Against a host that is like the last one most rules are not judged again, but those that look at which it is', () => {
  const [first, second] = oneZoneManyTargets([
    changedInput({ targetConfig: null }),
    changedInput({ targetConfig: null, 'target.host.name': 'gamma' }),
  ])
  assert.ok(first !== undefined && second !== undefined)
  const quiet = new StillQuiet(rules)
  quiet.begin(first)
  for (const [number, rule] of rules.entries()) quiet.note(number, rule.judge(first).length === 0)
  quiet.begin(second)
  const again = rules.filter((_, number) => !quiet.has(number)).map(({ id }) => id)
  assert.ok(again.includes('identity/other-host') && again.length < rules.length / 3, again.join(', '))

  quiet.begin({ ...second, zone: { ...second.zone } })
  assert.ok(
    rules.every((_, number) => !quiet.has(number)),
    'another zone',
  )
})
