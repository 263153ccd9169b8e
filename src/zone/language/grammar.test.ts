import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { generateParser, grammarFile, parserFile } from '../../../tools/gen-grammar.ts'

test('grammar.gen.js is what tools/gen-grammar.ts makes of grammar.peggy', async () => {
  const [grammar, parser] = await Promise.all([readFile(grammarFile, 'utf8'), readFile(parserFile, 'utf8')])
  assert.equal(parser, generateParser(grammar), 'run: node tools/gen-grammar.ts')
})
