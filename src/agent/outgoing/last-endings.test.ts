import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../../util/host-layout.ts'
import { lastEndingsMs } from './last-endings.ts'
import { noteMigration } from './migration-ledger.ts'

test('The last endings are those to the host, or else to any; a migration without one says nothing', async () => {
  await using folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  let second = 0
  const note = (target: string, endingMs?: number) => {
    second += 1
    const at = new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString()
    return noteMigration(layout, {
      schema: 1,
      zone: 'web1',
      kind: 'live',
      source: 'alpha',
      target,
      targetUri: `ssh://${target}`,
      by: null,
      startedAt: at,
      endedAt: at,
      totalMs: 1,
      outcome: 'moved',
      refusals: [],
      warnings: [],
      pauseMs: 100,
      transferredBytes: 1,
      phases: [],
      ...(endingMs === undefined ? {} : { endingMs }),
    })
  }
  assert.deepEqual(await lastEndingsMs(layout, 'beta'), [])
  await note('gamma', 1)
  await note('beta')
  assert.deepEqual(await lastEndingsMs(layout, 'beta'), [1])
  for (const ms of [2, 3, 4, 5, 6, 7]) await note('beta', ms)
  assert.deepEqual(await lastEndingsMs(layout, 'beta'), [3, 4, 5, 6, 7])
  assert.deepEqual((await lastEndingsMs(layout, undefined)).length, 5)
})
