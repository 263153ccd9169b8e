import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFigures, readPassedChecks, readRemedies } from './read-output.ts'

const done = "zoneadm: zone 'web1': Migration successful.\nzoneadm: zone 'web1': "

test('readFigures() reads the last line of a migration, with or without what QEMU says', () => {
  assert.deepEqual(readFigures(`${done}Migrated in 2.7 s, guest paused 0.10 s, 97 MiB sent.`), {
    total: '2.7 s',
    paused: '0.10 s',
    pausedByQemu: undefined,
    sent: '97 MiB',
  })
  const { paused, pausedByQemu } = readFigures(
    `${done}Migrated in 1 min 3 s, guest paused 12 ms (QEMU: 7 ms), 1.2 GiB sent.`,
  )
  assert.deepEqual([paused, pausedByQemu], ['12 ms', '7 ms'])
})

test('readFigures() invents nothing where the line is missing', () => {
  assert.deepEqual(Object.values(readFigures('zoneadm: failed')), [
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('readPassedChecks() reads the end of a report', () => {
  assert.equal(readPassedChecks('web1: can go ahead\n\n34 checks passed\nzoneadm: done'), 34)
  assert.equal(readPassedChecks('nothing'), undefined)
})

test('readRemedies() splits the commands of a report into words', () => {
  const report =
    "  - Make it equal:\n    beta# zonecfg -z web1 'select capped-memory; set physical=512M; end'\n"
  assert.deepEqual(readRemedies(report), [
    { host: 'beta', argv: ['zonecfg', '-z', 'web1', 'select capped-memory; set physical=512M; end'] },
  ])
})
