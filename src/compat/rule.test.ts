import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges } from '../../test/compat/apply-changes.ts'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { rule } from './rule.ts'

const twoFacts = rule({
  id: 'test/two-facts',
  title: 'Two facts are read',
  doc: 'For this test.',
  remedy: 'None.',
  kinds: ['live'],
  severity: 'warning',
  needs: { here: 'source.defaultLink', booted: 'boot' },
  check({ here, booted }) {
    const link: string | null = here
    // @ts-expect-error -- a rule sees only the facts that it has named
    const other: unknown = booted.defaultLink
    assert.equal(other, undefined)
    return [{ property: 'x', source: String(link), target: booted.machineType, why: 'So', remedies: [] }]
  },
})

test('rule() gives its check the known values', () => {
  const [finding] = twoFacts.judge(sampleInput())
  assert.deepEqual(finding, {
    verdict: 'warn',
    rule: 'test/two-facts',
    title: 'Two facts are read',
    manual: 'man:kzone-compatibility(7)#test/two-facts',
    property: 'x',
    source: 'br0',
    target: 'pc-q35-7.2',
    why: 'So',
    remedies: [],
  })
})

test('rule() tells of every fact that is unknown, not of the first alone', () => {
  const input = applyChanges(sampleInput(), {
    'source.defaultLink': { unknown: 'no answer' },
    boot: { unknown: 'QEMU is gone' },
  })
  const found = twoFacts.judge(input).map((finding) => `${finding.verdict} ${finding.property}`)
  assert.deepEqual(found, ['unknown source.defaultLink', 'unknown boot'])
})
