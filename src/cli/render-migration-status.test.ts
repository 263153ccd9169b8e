import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MigrationStatus } from '../agent/api.ts'
import { renderMigrationStatus } from './render-migration-status.ts'

const cases: readonly (readonly [MigrationStatus, readonly string[]])[] = [
  [{ direction: 'none' }, ["No migration of zone 'web1' is under way here."]],
  [
    { direction: 'unsettled', was: 'out', kind: 'cold', other: 'ssh://beta' },
    [
      'A cold migration to ssh://beta was interrupted, and is not settled yet.',
      'To settle it, here: zoneadm -z web1 migrate --recover',
    ],
  ],
  [
    { direction: 'unsettled', was: 'in', kind: 'live', other: 'alpha' },
    [
      'A live migration from alpha was interrupted, and is not settled yet.',
      'To settle it, on alpha: zoneadm -z web1 migrate --recover',
    ],
  ],
  [
    { direction: 'suspension', hasMachine: true, place: '/images/web1' },
    [
      "A suspension or resumption of zone 'web1' has not come to its end: its guest may stand still here, with its memory whole.",
      'It is tried again every 30 seconds. To try now, and see what keeps it: zoneadm -z web1 migrate --recover',
    ],
  ],
  [
    { direction: 'suspension', hasMachine: false, place: '/images/web1' },
    [
      'A suspension or resumption of zone \'web1\' has not come to its end: what is at "/images/web1" cannot be used or removed now.',
      'It is tried again every 30 seconds. To try now, and see what keeps it: zoneadm -z web1 migrate --recover',
    ],
  ],
  [
    { direction: 'in', kind: 'live', source: 'alpha', migrationId: 'm', heardMs: 1500, stage: 'receiving' },
    ['A live migration from alpha: its machine waits here for the guest.', 'alpha was last heard 1.5 s ago.'],
  ],
  [
    { direction: 'filling', isBroken: true },
    [
      "Zone 'web1' runs here, and a part of its memory is still on the host that it came from.",
      'The stream is broken: that host goes on trying. If it is gone for good, so is the guest; then:',
      'zoneadm -z web1 halt && zoneadm -z web1 boot',
    ],
  ],
  [
    { direction: 'filling', isBroken: true, isLost: true },
    [
      "The guest of zone 'web1' is lost: the host that it came from has lost a part of its memory.",
      'As after a power failure:',
      'zoneadm -z web1 halt && zoneadm -z web1 boot',
    ],
  ],
]

for (const [status, lines] of cases) {
  test(`renderMigrationStatus() of ${lines[0]}`, () => {
    assert.deepEqual(renderMigrationStatus('web1', status), lines)
  })
}

const forecast = {
  converges: true,
  transferMs: 40_200,
  pauseMs: 61,
  bytesPerSecond: 110 * 2 ** 20,
  dirtyBytesPerSecond: 12 * 2 ** 20,
  agoMs: 185_000,
}

test('renderMigrationStatus() shows what was measured before, from either host, until there is progress', () => {
  const expected =
    'Measured 3 min 5 s ago. Forecast: memory sent in about 40 s, pause about 61 ms (110 MiB/s can be sent, the guest changes 12 MiB/s).'
  const out = { direction: 'out', kind: 'live', target: 'ssh://beta', startedAt: '', elapsedMs: 1 } as const
  const about = { phase: 'reserve', step: null, warnings: 0, forecast, transfer: null }
  assert.equal(renderMigrationStatus('web1', { ...out, ...about }).at(-1), expected)
  const at = { direction: 'in', kind: 'live', source: 'alpha', migrationId: 'm', heardMs: 1 } as const
  const told = { phase: 'reserve', forecast, transfer: null }
  assert.equal(renderMigrationStatus('web1', { ...at, stage: 'reserved', told }).at(-1), expected)
})

test('renderMigrationStatus() of a transfer shows phase, warnings and progress in 80 columns', () => {
  const lines = renderMigrationStatus('web1', {
    direction: 'out',
    kind: 'live',
    target: 'ssh://beta',
    startedAt: '2026-11-26T10:00:00.000Z',
    elapsedMs: 12_000,
    phase: 'transfer',
    step: 'Checking migration compatibility.',
    warnings: 1,
    forecast,
    transfer: {
      kind: 'transfer',
      remainingBytes: 2 ** 28,
      totalBytes: 2 ** 30,
      transferredBytes: 2 ** 29,
      bytesPerSecond: 2 ** 26,
      pass: 2,
    },
  })
  assert.deepEqual(lines.slice(0, 3), [
    'A live migration to ssh://beta, for 12 s now.',
    'phase: transfer (Checking migration compatibility)',
    'The check had 1 warning.',
  ])
  assert.match(lines[3] ?? '', /^\[#+-+\]  75%.*256.*pass 2$/)
  assert.ok((lines[3] ?? '').length <= 80)
})

const transfer = {
  kind: 'transfer',
  remainingBytes: 2 ** 28,
  totalBytes: 2 ** 30,
  transferredBytes: 2 ** 29,
  bytesPerSecond: 110 * 2 ** 20,
  pass: 4,
} as const

test('renderMigrationStatus() at the target shows what the source told of phase and progress', () => {
  const heard = { migrationId: 'm', heardMs: 1500, stage: 'receiving' } as const
  const status = { direction: 'in', kind: 'live', source: 'alpha', ...heard } as const
  const told = { phase: 'transfer', transfer: { ...transfer, changedBytesPerSecond: 12 * 2 ** 20 } }
  const [, , phase, bar, rates] = renderMigrationStatus('web1', { ...status, told })
  assert.equal(phase, 'phase: transfer')
  assert.match(bar ?? '', /75%.*pass 4$/)
  assert.equal(rates, '12 MiB/s changed by the guest, 110 MiB/s sent: it comes to an end')
  const early = renderMigrationStatus('web1', { ...status, told: { phase: null, transfer: null } })
  assert.equal(early.length, 2)
})

test('renderMigrationStatus() says when a transfer comes to no end, and nothing in the first pass', () => {
  const about = {
    kind: 'live',
    target: 'ssh://beta',
    startedAt: '',
    elapsedMs: 1,
    step: null,
    warnings: null,
    forecast: null,
  } as const
  const of = (changedBytesPerSecond: number) =>
    renderMigrationStatus('web1', {
      direction: 'out',
      ...about,
      phase: 'transfer',
      transfer: { ...transfer, changedBytesPerSecond },
    }).at(-1) ?? ''
  assert.match(
    of(2 ** 30),
    /1024 MiB\/s changed.*: it comes to no end unless|1\.0? ?GiB\/s changed.*: it comes to no end unless/,
  )
  assert.match(of(0), /pass 4$/)
})
