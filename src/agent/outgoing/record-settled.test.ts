import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../../util/host-layout.ts'
import { readMigrations } from './migration-ledger.ts'
import { recordSettled } from './record-settled.ts'

const journal = {
  schema: 1,
  direction: 'out',
  migrationId: '00000000-0000-4000-8000-000000000001',
  zone: 'web1',
  target: 'ssh://beta',
  environment: { LOGNAME: 'ada' },
  startedAt: '2026-11-26T10:00:00.000Z',
} as const

const identity = { id: '848611d4-0000-4000-8000-000000000001', name: 'alpha' }

test('What an interrupted migration came to is in the history, with when it began and who asked for it', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  const host = { layout, identity, log: assert.fail }
  for (const where of ['there', 'here', 'lost'] as const) await recordSettled(host, journal, where)
  const { records, damaged } = await readMigrations(layout, ['web1'])
  assert.equal(damaged, 0)
  assert.deepEqual(records.map(({ outcome, code }) => `${outcome} ${code ?? ''}`).toSorted(), [
    'failed INTERRUPTED',
    'failed TARGET_LOST',
    'moved ',
  ])
  for (const { by, startedAt, totalMs, kind } of records) {
    assert.deepEqual([by, startedAt, kind], ['ada', journal.startedAt, 'live'])
    assert.ok(totalMs > 0)
  }
})

test('That it cannot be written is logged', async () => {
  await using folder = await temporaryFolder()
  await writeFile(`${folder.path}/var`, '')
  const logged: string[] = []
  await recordSettled(
    { layout: hostLayout(folder.path), identity, log: (line: string) => void logged.push(line) },
    journal,
    'here',
  )
  assert.match(logged.join('\n'), /zone 'web1': the record of its migration cannot be written/)
})
