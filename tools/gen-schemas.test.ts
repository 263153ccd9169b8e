import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sampleInput } from '../test/compat/sample-input.ts'
import { publishedSchemas } from './gen-schemas.ts'

interface Published {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

const read = (file: URL) => readFileSync(file, 'utf8')

for (const { file, text } of publishedSchemas()) {
  const name = file.pathname.split('/').at(-1)
  test(`docs/schema/${name} is up to date: run "node tools/gen-schemas.ts"`, () => {
    assert.equal(read(file), text)
  })
}

test('the published schema of the facts has each of them, and does not demand those that came later', () => {
  const [facts] = publishedSchemas()
  assert.ok(facts !== undefined)
  const { properties, required } = JSON.parse(read(facts.file)) as Published
  // It is there only while it is so.
  const { goingDown, ...always } = properties
  assert.notEqual(goingDown, undefined)
  assert.deepEqual(Object.keys(always).toSorted(), Object.keys(sampleInput().source).toSorted())
  assert.ok(required.includes('hypervisor'))
  assert.ok(!required.includes('firmware'))
})
