import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedInput } from '../../test/compat/changed-input.ts'
import { knownValues } from './known-values.ts'

test('knownValues() reads the facts of the check that is under way, and not of the one before', () => {
  const facts = knownValues({ nested: 'target.nested' }, { reason: 'source.maintenance', keys: 'keys' })
  const plain = changedInput({})
  assert.equal(facts.lacks(plain), false)
  assert.deepEqual({ ...facts.values }, { nested: false, reason: null, keys: { here: null, there: null } })

  const other = changedInput({
    'target.nested.known': true,
    'source.maintenance': { unknown: 'x' },
    'keys.known': null,
  })
  assert.equal(facts.lacks(other), false)
  assert.deepEqual({ ...facts.values }, { nested: true, reason: undefined, keys: null })

  assert.equal(facts.lacks(changedInput({ 'target.nested': { unknown: 'x' } })), true)
  assert.equal(facts.lacks(plain), false)
  assert.equal(facts.values['nested'], false)
})
