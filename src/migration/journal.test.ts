import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import {
  type IncomingJournal,
  journalPath,
  migrationJournal,
  type OutgoingJournal,
  removeJournal,
} from './journal.ts'

const outgoing: OutgoingJournal = {
  schema: 1,
  direction: 'out',
  migrationId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  zone: 'web1',
  target: 'ssh://root@beta:2222',
  environment: { PATH: '/usr/bin', SSH_AUTH_SOCK: '/run/a b' },
}
const incoming: IncomingJournal = {
  schema: 1,
  direction: 'in',
  migrationId: outgoing.migrationId,
  zone: 'web1',
  source: 'alpha',
  imported: true,
  spec: tinySpec('web1'),
}

for (const journal of [outgoing, incoming]) {
  test(`A journal of direction ${journal.direction} is the same after it was written and read`, () => {
    assert.deepEqual(migrationJournal.parse(JSON.parse(JSON.stringify(journal))), journal)
  })

  test(`A journal of direction ${journal.direction} that lacks anything is damaged`, () => {
    for (const member of Object.keys(journal)) {
      const damaged: Record<string, unknown> = { ...journal }
      delete damaged[member]
      assert.equal(migrationJournal.safeParse(damaged).success, false, `without ${member}`)
    }
  })
}

test('A journal of another release, or in no direction, is not taken for ours', () => {
  for (const change of [
    { schema: 2 },
    { direction: 'sideways' },
    { direction: 'in' },
    { environment: ['PATH'] },
  ]) {
    assert.equal(
      migrationJournal.safeParse({ ...outgoing, ...change }).success,
      false,
      JSON.stringify(change),
    )
  }
})

/** What a shell can name a variable; "__proto__" is no property that an object can hold as data. */
const variableName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]*$/).filter((name) => name !== '__proto__')

test('Any names and environments survive the journal', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.dictionary(variableName, fc.string({ unit: 'binary' })),
      (target, environment) => {
        const journal = { ...outgoing, target, environment: { ...environment } }
        assert.deepEqual(migrationJournal.parse(JSON.parse(JSON.stringify(journal))), journal)
      },
    ),
  )
})

test('removeJournal() removes the journal and nothing else, and is safe twice', async () => {
  await using folder = await temporaryFolder()
  await mkdir(folder.path, { recursive: true })
  await writeFile(journalPath(folder.path), '{')
  await writeFile(`${folder.path}/disk0`, 'data')
  await removeJournal(folder.path)
  await removeJournal(folder.path)
  assert.equal(existsSync(journalPath(folder.path)), false)
  assert.equal(await readFile(`${folder.path}/disk0`, 'utf8'), 'data')
})
