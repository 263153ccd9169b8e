import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../../util/host-layout.ts'
import type { MigrationRecord } from '../api.ts'
import { noteMigration, readMigrations } from './migration-ledger.ts'

const record = (zone: string, second: number): MigrationRecord => ({
  schema: 1,
  zone,
  kind: 'cold',
  source: 'alpha',
  target: 'beta',
  targetUri: 'ssh://beta',
  by: 'olga',
  startedAt: new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString(),
  endedAt: new Date(Date.UTC(2026, 10, 20, 10, 1, second)).toISOString(),
  totalMs: 60_000,
  outcome: 'moved',
  refusals: [],
  warnings: [],
  migrationId: 'm1',
  pauseMs: null,
  transferredBytes: null,
  phases: [{ name: 'check', ms: 12 }],
})

test('Records come back whole, by the time of the request, of all zones or of those that are named', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  assert.deepEqual(await readMigrations(layout, null), { records: [], damaged: 0 }, 'there is no ledger yet')
  const [first, second, third] = [record('web1', 1), record('db1', 2), record('web1', 3)]
  await Promise.all([third, first, second].map((each) => noteMigration(layout, each)))
  assert.deepEqual((await readMigrations(layout, null)).records, [first, second, third])
  assert.deepEqual((await readMigrations(layout, ['web1', 'gone'])).records, [first, third])
})

test('A record can be read by its owner only, and only the last ones are kept', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  for (const second of [1, 2, 3, 4, 5]) await noteMigration(layout, record('web1', second), 3)
  const { records } = await readMigrations(layout, null)
  assert.deepEqual(records, [record('web1', 3), record('web1', 4), record('web1', 5)])
  const ledger = join(layout.stateFolder, '.migrations')
  const names = await readdir(ledger)
  assert.equal(names.length, 3)
  for (const name of names) assert.equal((await stat(join(ledger, name))).mode & 0o777, 0o600)
})

test('A damaged record is counted and left out; what an interrupted write has left is no record', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  await noteMigration(layout, record('web1', 1))
  const write = (name: string, text: string) => writeFile(join(layout.stateFolder, '.migrations', name), text)
  await write('000000000000001-00000000000a.json', '{"schema":1,"zo')
  await write('000000000000001-00000000000b.json', '{"schema":2}')
  await write('.000000000000001-00000000000c.json.00000000000c', '{')
  assert.deepEqual(await readMigrations(layout, null), { records: [record('web1', 1)], damaged: 2 })
})
