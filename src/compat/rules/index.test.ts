import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rules } from './index.ts'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
const named = files.filter((file) => file !== 'index.ts').map((file) => file.replace(/\.ts$/, ''))
const tests = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts') && file !== 'index.test.ts')
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))

test('each file of this folder is a rule of the list, named by its id', () => {
  const ids = rules.map((rule) => rule.id.replace('/', '-')).toSorted()
  assert.deepEqual(ids, named.toSorted())
})

/** Rules about what is known in any case (contract, state, intent, identity of both hosts), or measured only if wanted. */
const ofKnownThings = [
  'forecast/convergence',
  'hypervisor/architecture',
  'identity/other-host',
  'identity/owner-record',
  'memory/postcopy',
  'memory/reserve',
  'protocol/version',
  'state/kind',
  'storage/local',
  'storage/media',
  'storage/multihost',
  'storage/suspend-image',
  'storage/unproven',
]

test('each rule can be undecided, but for those about what cannot be unknown', () => {
  const without = rules.filter(({ needs }) => needs.length === 0).map(({ id }) => id)
  assert.deepEqual(without.toSorted(), ofKnownThings)
})

test('each rule is in the manual page with its title', () => {
  const manual = readFileSync(new URL('../../../docs/rules.gen.md', import.meta.url), 'utf8')
  for (const { id, title } of rules) assert.ok(manual.includes(`### ${id}\n\n**${title}.**`), id)
})

for (const { id, title, doc, remedy, severity, kinds } of rules) {
  test(`${id} has a title, a text for the manual and a test`, () => {
    assert.match(id, /^[a-z]+\/[a-z]+(-[a-z]+)*$/)
    assert.match(title, /^[A-Z].*[^.]$/)
    assert.match(doc, /^\w.{60,}\.$/)
    assert.match(remedy, /^[A-Z].{10,}\.$/)
    assert.ok(kinds.length > 0)
    assert.ok(['error', 'warning'].includes(severity))
    const name = id.replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())
    const calls = tests.join('').split(`testRule(${name}, {`).length - 1
    assert.equal(calls, 1, `testRule(${name}, …) is called once`)
  })
}
