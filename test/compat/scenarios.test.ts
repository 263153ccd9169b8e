import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'
import { check } from '../../src/compat/check.ts'
import { changedInput } from './changed-input.ts'

const folder = new URL('../fixtures/scenarios/', import.meta.url)

/** A migration that failed somewhere: how it differs from the sample input (see `changedInput()`), and what the check has to find. */
const Scenario = z.strictObject({
  story: z.string(),
  change: z.record(z.string(), z.unknown()),
  expect: z.strictObject({ verdict: z.enum(['pass', 'refuse']), findings: z.array(z.string()) }),
})

for (const file of readdirSync(folder).toSorted()) {
  const { story, change, expect } = Scenario.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
  test(`${file}: ${story}`, () => {
    const { verdict, findings } = check(changedInput(change))
    const found = findings.map(({ rule, property }) => `${rule} ${property}`)
    assert.deepEqual(
      { verdict, findings: found.toSorted() },
      { ...expect, findings: expect.findings.toSorted() },
    )
  })
}
