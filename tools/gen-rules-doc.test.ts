import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rulesDoc, rulesDocFile } from './gen-rules-doc.ts'

test('docs/rules.gen.md is up to date: run "node tools/gen-rules-doc.ts"', () => {
  assert.equal(readFileSync(rulesDocFile, 'utf8'), rulesDoc())
})
