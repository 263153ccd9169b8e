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

test('Of a suspension it is told whether the zone is suspended or runs, by words and by exit code', () => {
  const suspended = "zoneadm: zone 'web1': Suspended; the image has 39 MiB."
  assert.deepEqual(wordViolations(suspended, 0, 'suspended', 'suspend'), [])
  assert.deepEqual(wordViolations('', 0, 'running', 'resume'), [])
  assert.equal(wordViolations(suspended, 0, 'running', 'suspend').length, 2)
  assert.equal(wordViolations('it goes on running here', 1, 'suspended', 'suspend').length, 1)
  assert.equal(wordViolations('', 0, 'suspended', 'resume').length, 1)
})

test('What is true, or was said of an earlier attempt, is no fault', () => {
  assert.deepEqual(wordViolations(asBefore, 1, 'stayed'), [])
  assert.deepEqual(wordViolations(successful, 0, 'moved'), [])
  assert.deepEqual(
    wordViolations(`It goes on running here. Trying again (2 of 3).\n${successful}`, 0, 'moved'),
    [],
  )
})
