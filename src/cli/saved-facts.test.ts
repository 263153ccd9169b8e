import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyChanges } from '../../test/compat/apply-changes.ts'
import { sampleInput } from '../../test/compat/sample-input.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { savedFactsPath } from '../compat/saved-facts-path.ts'
import { ZoneError } from '../errors.ts'
import { readSavedFacts } from './saved-facts.ts'

const { target } = sampleInput()

async function complaint(text: string): Promise<string> {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'beta.json')
  await writeFile(path, text)
  try {
    await readSavedFacts(path)
  } catch (error) {
    assert.ok(error instanceof ZoneError && error.code === 'FACTS_UNREADABLE')
    assert.equal(error.remedy, `Write it anew: zoneadm facts --json ssh://HOST > ${path}`)
    return error.message.replace(`Cannot use "${path}" as the facts of a host: `, '')
  }
  throw new Error('It was read')
}

test('savedFactsPath() tells a file from a host', () => {
  assert.equal(savedFactsPath('facts:./beta.json'), './beta.json')
  assert.equal(savedFactsPath('ssh://beta'), undefined)
})

test('readSavedFacts() reads what was written as JSON', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'beta.json')
  await writeFile(path, JSON.stringify(target))
  assert.deepEqual(await readSavedFacts(path), target)
})

for (const [what, text, message] of [
  ['text for people', 'host   beta', /^it is not JSON$/],
  ['an empty file', '\n', /^it is empty$/],
  ['a list', '[]', /^Invalid input: expected object, received array$/],
  ['another release', JSON.stringify({ ...target, schema: 2 }), /^schema: Invalid input: expected 1$/],
  [
    'a wrong value inside a fact',
    JSON.stringify(applyChanges(target, { 'hypervisor.known.machineTypes.1': 7 })),
    /^hypervisor\.known\.machineTypes\[1\]: Invalid input: expected string, received number$/,
  ],
  ['a missing fact', JSON.stringify({ ...target, cpu: undefined }), /^cpu: Invalid input/],
] as const) {
  test(`readSavedFacts() says where ${what} is wrong`, async () => {
    assert.match(await complaint(text), message)
  })
}

test('readSavedFacts() names a file that is not there', async () => {
  await assert.rejects(
    readSavedFacts('/nonexistent/beta.json'),
    /"\/nonexistent\/beta\.json".* no such file$/,
  )
})
