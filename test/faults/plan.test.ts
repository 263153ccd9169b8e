import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseName } from './case.ts'
import { casesLike, randomCases, wholeMatrix } from './plan.ts'

test('The matrix has more than 200 cases, each once', () => {
  const names = wholeMatrix.map(caseName)
  assert.ok(names.length > 200)
  assert.equal(new Set(names).size, names.length)
})

test('casesLike() takes lists of names, and any name where there is none', () => {
  const names = (pattern: string) => casesLike(pattern).map(caseName)
  assert.deepEqual(names('go.marked:cancel,ctrl-c:live'), ['go.marked:ctrl-c:live', 'go.marked:cancel:live'])
  assert.deepEqual(names('peer-go.begin:cancel:').length, 4)
  assert.deepEqual(names('nowhere::'), [])
})

test('randomCases() are the same for the same seed, and others for another', () => {
  const names = (seed: number) => [...randomCases(50, seed)].map(caseName)
  assert.deepEqual(names(7), names(7))
  assert.notDeepEqual(names(7), names(8))
  assert.ok(names(7).some((name) => name.includes('+') && !name.includes('+1h:')))
})
