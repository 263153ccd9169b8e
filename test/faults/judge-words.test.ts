import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordViolations } from './judge-words.ts'

const asBefore = "zoneadm: zone 'web1': Cannot use \"state.json\": no space; zone 'web1' is running as before"
const successful = "zoneadm: zone 'web1': Migration successful."

test('Whoever is told that the zone is where it is not is told wrongly', () => {
  assert.equal(wordViolations(`${successful}\n${asBefore}`, 1, 'moved').length, 1)
  assert.equal(wordViolations(successful, 1, 'stayed').length, 1)
  assert.equal(
    wordViolations('Migration done, but something may be wrong with the zone there', 1, 'stayed').length,
    1,
  )
  assert.equal(wordViolations('', 0, 'stayed').length, 1)
})

test('What is true, or was said of an earlier attempt, is no fault', () => {
  assert.deepEqual(wordViolations(asBefore, 1, 'stayed'), [])
  assert.deepEqual(wordViolations(successful, 0, 'moved'), [])
  assert.deepEqual(
    wordViolations(`It goes on running here. Trying again (2 of 3).\n${successful}`, 0, 'moved'),
    [],
  )
})
