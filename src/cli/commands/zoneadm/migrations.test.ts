import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MigrationRecord } from '../../../agent/api.ts'
import { Exit } from '../../../errors.ts'
import { memoryIo } from '../../memory-io.ts'
import { recordingAgent } from '../../recording-agent.ts'
import { runZoneadm } from '../../zoneadm.ts'

const moved: MigrationRecord = {
  schema: 1,
  zone: 'web1',
  kind: 'live',
  source: 'alpha',
  target: 'beta',
  targetUri: 'ssh://beta',
  by: 'olga',
  startedAt: '2026-11-20T10:00:00.123Z',
  endedAt: '2026-11-20T10:00:14.123Z',
  totalMs: 14_000,
  outcome: 'moved',
  refusals: [],
  warnings: [],
  migrationId: 'm1',
  pauseMs: 12,
  transferredBytes: 48 * 2 ** 20,
  phases: [],
}
const { migrationId: _, ...unmoved } = { ...moved, pauseMs: null, transferredBytes: null }
const failed: MigrationRecord = {
  ...unmoved,
  zone: 'database1',
  kind: 'cold',
  target: null,
  by: null,
  totalMs: 99,
  outcome: 'failed',
  code: 'HOST_UNREACHABLE',
  message: 'No route',
}
const refused: MigrationRecord = {
  ...unmoved,
  outcome: 'refused',
  code: 'REFUSED',
  refusals: ['cpu/count', 'network/lower-link'],
}

async function zoneadm(words: string, records: MigrationRecord[], damaged = 0) {
  const { connect, calls } = recordingAgent({ 'host/migrations': () => ({ records, damaged }) })
  const io = memoryIo()
  const exit = await runZoneadm(words.split(' '), io, new AbortController().signal, connect)
  assert.equal(exit, Exit.ok, io.err())
  return { out: io.out(), err: io.err(), calls }
}

test('zoneadm migrations is a table, and says how many records are damaged', async () => {
  const { out, err, calls } = await zoneadm(
    'migrations',
    [moved, failed, refused, { ...unmoved, outcome: 'uncertain' }, { ...unmoved, outcome: 'failed' }],
    2,
  )
  assert.deepEqual(calls, [['host/migrations', { zones: null }]])
  assert.equal(
    out,
    `\
TIME                  ZONE       KIND  FROM   TO          BY    DURATION  PAUSE  OUTCOME
2026-11-20T10:00:00Z  web1       live  alpha  beta        olga  14 s      12 ms  moved
2026-11-20T10:00:00Z  database1  cold  alpha  ssh://beta  -     99 ms     -      failed: HOST_UNREACHABLE
2026-11-20T10:00:00Z  web1       live  alpha  beta        olga  14 s      -      refused: cpu/count, network/lower-link
2026-11-20T10:00:00Z  web1       live  alpha  beta        olga  14 s      -      uncertain
2026-11-20T10:00:00Z  web1       live  alpha  beta        olga  14 s      -      failed
`,
  )
  assert.equal(err, 'zoneadm: 2 records are damaged and left out\n')
})

test('zoneadm migrations --json is one document, also of the zones that are named before and after', async () => {
  const { out, err, calls } = await zoneadm('-z web1 migrations -z database1 --json', [moved, failed], 1)
  assert.deepEqual(calls, [['host/migrations', { zones: ['web1', 'database1'] }]])
  assert.deepEqual(JSON.parse(out), { migrations: [moved, failed], damaged: 1 })
  assert.equal(err, '')
})

test('zoneadm migrations tells what has arrived here from what has left', async () => {
  const { out } = await zoneadm('migrations', [{ ...moved, direction: 'in' }, moved])
  const outcomes = out.split('\n').map((line) => line.split(/ {2,}/).at(-1))
  assert.deepEqual(outcomes, ['OUTCOME', 'arrived', 'moved', ''])
})

test('zoneadm migrations says of a zone that has moved what became of its guest', async () => {
  const faults = ['its disk disk0 has failed (nospace)', 'its processors stand still']
  const lost: MigrationRecord = { ...unmoved, outcome: 'moved', code: 'GUEST_LOST', message: 'It is lost' }
  const { out } = await zoneadm('migrations', [{ ...moved, faults: [] }, { ...moved, faults }, lost])
  const outcomes = out.split('\n').map((line) => line.split(/ {2,}/).at(-1))
  assert.deepEqual(outcomes, [
    'OUTCOME',
    'moved',
    'moved, but its disk disk0 has failed (nospace); its processors stand still',
    'moved: GUEST_LOST',
    '',
  ])
  const json = await zoneadm('migrations --json', [{ ...moved, faults }])
  assert.deepEqual(JSON.parse(json.out), { migrations: [{ ...moved, faults }], damaged: 0 })
})
