import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences, singleDifferences, states } from '../../test/compat/arbitrary-input.ts'
import { changedInput } from '../../test/compat/changed-input.ts'
import { knownPaths, type Part, parts, pathsLike, withValue } from '../../test/compat/less-known.ts'
import { inputOf, scenarios } from '../../test/compat/read-scenarios.ts'
import { check } from './check.ts'
import type { CheckInput, Intent } from './input.ts'
import { rules } from './rules/index.ts'
import type { Finding } from './schema.ts'

/** By how an operator can ask for it; a check of a kind to which the state does not fit is refused by that alone. */
const ways: Readonly<Record<string, Pick<Intent, 'kind' | 'postcopy' | 'encrypt'>>> = {
  cold: { kind: 'cold', encrypt: true },
  warm: { kind: 'warm', encrypt: true },
  live: { kind: 'live', encrypt: true },
  'live, with post-copy and in the clear': { kind: 'live', postcopy: true, encrypt: false },
}

/** Their being absent, or null, says something: there is no such thing. */
const saysThatThereIsNone = [
  /\.bridge$/,
  /\.cpuArch$/,
  /\.defaultLink\.known$/,
  /\.lockedMemory\.known\.limitBytes$/,
  /\.maintenance\.known$/,
  /\.storage\.known\.\*\.(mappedAs|perhapsAs|sameAs)$/,
  /\.zones\.known\.\*\.(id|unread|uuid)$/,
  /\.operations\.known\.\*\.zoneUuid$/,
]

const tellable = parts().filter(({ path }) => !saysThatThereIsNone.some((pattern) => pattern.test(path)))

const stories = scenarios.flatMap((scenario) => {
  const input = inputOf(scenario)
  return input === undefined ? [] : [{ title: scenario.file, input }]
})

function goingBy(way: string, input: CheckInput): CheckInput {
  const { kind, ...wishes } = ways[way] ?? { kind: 'live', encrypt: true }
  return {
    ...input,
    zone: { ...input.zone, ...states[kind] },
    intent: { ...input.intent, ...wishes, kind },
  }
}

test('What a schema lets be absent or null is a part of a fact that a host may not tell, or says that there is none', () => {
  const all = parts().map(({ path }) => path)
  assert.ok(all.includes('boot.known.nics.*.offloads') && all.includes('target.links.known.*.vlans'))
  for (const pattern of saysThatThereIsNone) assert.ok(all.some((path) => pattern.test(path)))
})

for (const { title, input } of stories) {
  test(`${title}: no refusal turns into a pass when a fact is removed, or a part of one`, () =>
    staysRefused(input))
}

for (const way of Object.keys(ways)) {
  test(`${way}: no refusal turns into a pass when a fact is removed, or a part of one`, () => {
    for (const change of singleDifferences) staysRefused(goingBy(way, changedInput(change)))
  })
}

test('nor when several are', () => {
  fc.assert(
    fc.property(
      differences(),
      fc.constantFrom(...Object.keys(ways)),
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      (change, way, picks) => {
        const input = goingBy(way, changedInput(change))
        if (check(input).verdict === 'pass') return
        const paths = knownPaths(input)
        const removed = picks.map((pick) => paths[pick % paths.length] ?? 'boot')
        // Inner ones first: their paths are gone once an outer one is removed.
        const inwardsFirst = [...new Set(removed)].toSorted((a, b) => b.length - a.length)
        const less = inwardsFirst.reduce((left, path) => withValue(left, path, { unknown: 'removed' }), input)
        assert.equal(check(less).verdict, 'refuse')
      },
    ),
    { numRuns: 300 },
  )
})

function staysRefused(input: CheckInput): void {
  const { verdict, findings } = check(input)
  if (verdict === 'pass') return
  const readByAll = readByEach(findings)
  const removable: Part[] = knownPaths(input).map((path) => ({ path, without: undefined }))
  for (const { path } of removable.filter((part) => readByAll(part.path)))
    assert.equal(check(withValue(input, path, { unknown: 'removed' })).verdict, 'refuse', `without ${path}`)
  for (const { path: pattern, without } of tellable.filter((part) => readByAll(part.path))) {
    for (const path of pathsLike(input, pattern))
      assert.equal(check(withValue(input, path, without)).verdict, 'refuse', `without ${path}`)
  }
}

/** Whether a fact is one that every rule reads which refuses: without any other, one of them goes on refusing. */
function readByEach(findings: readonly Finding[]): (path: string) => boolean {
  const refusing = new Set(findings.filter(({ verdict }) => verdict !== 'warn').map(({ rule }) => rule))
  const reads = rules.filter(({ id }) => refusing.has(id)).map((rule) => rule.reads)
  return (path) => {
    const [own = '', name = ''] = path.split('.')
    const need = own === 'source' || own === 'target' ? `${own}.${name}` : own
    return reads.every((read) => read.some((each) => each === need))
  }
}
