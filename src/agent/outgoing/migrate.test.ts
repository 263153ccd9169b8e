import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertHereAsBefore, migratingZone, name } from '../../../test/fixtures/agent/migrating-zone.ts'
import { lateClock } from '../../../test/fixtures/late-clock.ts'
import { Exit } from '../../errors.ts'
import { retryUntil } from '../../util/retry-until.ts'

test('A zone that was migrated is configured here, with a true summary', async () => {
  await using here = await migratingZone()
  const summary = await here.run()
  assert.deepEqual(await here.asked(), [
    'peer/hello',
    'peer/assess',
    'peer/reserve',
    'peer/prepare',
    'peer/go',
    'peer/health',
  ])
  const { zone } = here
  assert.deepEqual([zone.state, zone.auxiliary, zone.running], ['configured', [], undefined])
  assert.equal(existsSync(here.journal), false)
  assert.deepEqual(
    summary.phases.map((phase) => phase.name),
    [
      'connect',
      'check',
      'reserve',
      'offer',
      'prepare',
      'transfer',
      'hand-over',
      'drain',
      'probe',
      'clean-up',
    ],
  )
  assert.deepEqual(summary.faults, ['its disk disk0 has failed (nospace)'])
  assert.deepEqual([summary.zone, summary.target, summary.cipher], [name, 'beta', 'none'])
  assert.ok((summary.transferredBytes ?? 0) > 100_000)
  assert.ok((summary.pauseMs ?? -1) >= 0 && (summary.pauseMs ?? 0) < summary.totalMs)
  const last = here.progress.findLast(({ kind }) => kind === 'line')
  assert.deepEqual(last, { kind: 'line', text: 'Halting and detaching zone on source host.' })
})

test('A dry run changes nothing anywhere', async () => {
  await using here = await migratingZone()
  const summary = await here.run({ dryRun: true })
  assert.deepEqual(await here.asked(), ['peer/hello', 'peer/assess'])
  assert.equal(summary.dryRun, true)
  await assertHereAsBefore(here)
})

test('What the rules refuse is not begun', async () => {
  await using here = await migratingZone()
  const answers = structuredClone(here.answers) as Record<
    string,
    { result: { facts: { architecture: string } } }
  >
  const assessed = answers['peer/assess']
  assert.ok(assessed !== undefined)
  assessed.result.facts.architecture = 'aarch64'
  await here.target.answer(answers)
  await assert.rejects(here.run(), { code: 'REFUSED', exit: Exit.refused })
  assert.deepEqual(await here.asked(), ['peer/hello', 'peer/assess'])
  await assertHereAsBefore(here)
})

for (const phase of ['peer/reserve', 'peer/prepare'] as const) {
  test(`If the target refuses ${phase}, it is told to forget it, and the zone runs here`, async () => {
    await using here = await migratingZone({ [phase]: { error: 'Not today', code: 'NO_MEMORY' } })
    await assert.rejects(here.run(), { code: 'NO_MEMORY', message: 'Not today' })
    assert.equal((await here.asked()).at(-1), 'peer/abort')
    assert.equal((await here.asked()).includes('peer/go'), false)
    await assertHereAsBefore(here)
  })
}

test('If the conversation ends before the hand-over, the zone runs here', async () => {
  await using here = await migratingZone({ 'peer/prepare': 'death' })
  await assert.rejects(here.run(), { code: 'HOST_UNREACHABLE' })
  await assertHereAsBefore(here)
})

const answersToGo = [
  ['dies', 'HOST_UNREACHABLE', 'death'],
  ['refuses', 'GO_REFUSED', { error: 'Cannot run it', code: 'GO_REFUSED' }],
  ['goes down', 'GOING_DOWN', { error: 'The target goes down', code: 'GOING_DOWN' }],
] as const

for (const [what, code, go] of answersToGo) {
  test(`If the target ${what} when told to go, and then says none, the zone runs here again`, async () => {
    await using here = await migratingZone({ 'peer/go': go })
    await assert.rejects(here.run(), { code })
    const asked = await here.asked()
    // A target that is slow to answer is asked again.
    assert.deepEqual(new Set(asked.slice(asked.indexOf('peer/go'))), new Set(['peer/go', 'peer/abort']))
    await assertHereAsBefore(here)
  })

  test(`If the target ${what} when told to go, and then says arrived, the migration has succeeded`, async () => {
    await using here = await migratingZone({ 'peer/go': go, 'peer/abort': { result: { status: 'arrived' } } })
    const { transferredBytes, pauseMs } = await here.run()
    assert.ok((transferredBytes ?? 0) > 100_000)
    assert.equal(pauseMs, null, 'nobody knows how long it was')
    assert.deepEqual([here.zone.state, here.zone.running], ['configured', undefined])
    assert.equal(existsSync(here.journal), false)
  })

  test(`If the target ${what} when told to go, and then says lost, the zone is installed here, to be booted`, async () => {
    await using here = await migratingZone({ 'peer/go': go, 'peer/abort': { result: { status: 'lost' } } })
    await assert.rejects(here.run(), { code: 'TARGET_LOST', remedy: /zoneadm -z web1 boot$/ })
    assert.deepEqual(
      [here.zone.state, here.zone.running, here.zone.moving],
      ['installed', undefined, undefined],
    )
    assert.equal(existsSync(here.journal), false)
  })
}

test('While nobody knows, the journal stays, the guest stands still, and nothing else can be done with it', async () => {
  await using here = await migratingZone({ 'peer/go': 'death', 'peer/abort': 'death' })
  using clock = lateClock()
  const running = here.run()
  const asked = async () => ((await here.asked()).includes('peer/abort') ? true : undefined)
  await retryUntil(asked, { timeoutMs: 60_000, intervalMs: 50 })
  clock.advance(60_000)
  await assert.rejects(running, { code: 'HAND_OVER_UNCERTAIN' })
  assert.equal(await here.isRunning(), false)
  assert.deepEqual(here.zone.auxiliary, ['migrating-out'])
  const { environment, uri } = here.target
  const journal = JSON.parse(await readFile(here.journal, 'utf8')) as { target: string; environment: object }
  assert.deepEqual([journal.target, journal.environment], [uri, environment])
  for (const kind of ['boot', 'halt', 'reboot', 'migrate', 'uninstall', 'detach']) {
    assert.throws(() => here.zone.begin(kind), { code: 'MIGRATION_UNSETTLED' }, kind)
  }
})
