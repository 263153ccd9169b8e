import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { rules } from '../src/compat/rules/index.ts'
import { manualPages } from './gen-man.ts'

const pages = [...manualPages()]

for (const [file, text] of pages) {
  const name = basename(file.pathname)
  test(`man/${name} is up to date: run "node tools/gen-man.ts"`, () => {
    assert.equal(readFileSync(file, 'utf8'), text)
  })

  test(`man/${name} has all that its frame leaves to the code, and no line that roff would swallow`, () => {
    assert.doesNotMatch(text, /@[A-Z]+@/)
    const requests = /^\.(TH|ad|nh|SH|SS|PP|TP|B|BI|BR|I|IR|RS|RE|nf|fi)( |$)/
    for (const line of text.split('\n')) {
      if (/^[.']/.test(line)) assert.match(line, requests)
    }
  })
}

test('kzone-compatibility(7) has every rule', () => {
  const text = pages.find(([file]) => file.pathname.endsWith('.7'))?.[1] ?? ''
  for (const { id } of rules) assert.ok(text.includes(`\n.SS "${id.replaceAll('-', '\\-')}"\n`), id)
})
