import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configurationViolations } from './judge.ts'

test("configurationViolations() wants the configurations as they were, or the source's on a target that had none", () => {
  assert.deepEqual(configurationViolations(['a', undefined], ['a', 'a'], 'target'), [])
  assert.deepEqual(configurationViolations(['a', undefined], ['a', undefined], 'source'), [])
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'b'], 'target'), [])
  const ofTarget = ["the target's configuration is not what it should be"]
  assert.deepEqual(configurationViolations(['a', undefined], ['a', 'a'], 'source'), ofTarget)
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'a'], 'source'), ofTarget)
  assert.deepEqual(configurationViolations(['a', undefined], ['a', undefined], 'target'), ofTarget)
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'a'], 'target', true), [])
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'b'], 'source', true), [])
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'b'], 'target', true), ofTarget)
  assert.deepEqual(configurationViolations(['a', 'b'], ['a', 'a'], 'source', true), ofTarget)
  const ofSource = ["the source's configuration is not what it was"]
  assert.deepEqual(configurationViolations(['a', 'a'], ['b', 'a'], 'target'), ofSource)
})
