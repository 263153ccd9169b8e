import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { waitingHost } from '../../../test/fixtures/agent/send-all.ts'
import { lateClock } from '../../../test/fixtures/late-clock.ts'
import { type Answers, scriptedTarget } from '../../../test/fixtures/peer/scripted-target.ts'
import { Exit } from '../../errors.ts'
import { journalPath } from '../../migration/journal.ts'
import { listenForTrial } from '../../migration/listen-for-trial.ts'
import { retryUntil } from '../../util/retry-until.ts'
import type { Progress } from '../api.ts'
import { migrateZone } from './migrate.ts'

const name = 'web1'
const never = new AbortController().signal
/** What is asked beside what comes one after the other. */
const beside = ['peer/alive', 'peer/unread', 'peer/settled', 'peer/try', 'peer/try-end']

/** Where one trial of the way is waited for. */
const trialPort = () => listenForTrial({ key: null, load: null }, '127.0.0.1', '/nonexistent', never)

/** A running zone, and a target that is a host just like this one but says what it is told to. */
async function migrating(change: Answers = {}) {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const target = undo.use(await scriptedTarget())
  const { host, port } = undo.use(await waitingHost(name))
  const trial = undo.use(await trialPort())
  const zone = await rig.zone(name, 'installed')
  const spec = await rig.startMachine(zone)
  const machine = zone.requireRunning('test').machine
  await machine.qemu.qmp.execute('cont')
  const own = await rig.host.knowledge.facts([], [spec.cpu])
  const other = { id: '848611d4-0000-4000-8000-00000000000a', name: 'beta' }
  const facts = { ...own, host: other, zones: { known: [] }, operations: { known: [] } }
  const { kzone } = own
  const answers: Answers = {
    'peer/hello': { result: { ...kzone, host: other, ciphers: ['aes-256-gcm'] } },
    'peer/assess': { result: { facts, config: { status: 'absent' } } },
    'peer/try': { result: trial.address },
    'peer/try-end': { result: {} },
    'peer/reserve': { result: { imported: true, missing: [] } },
    'peer/prepare': { result: { host, port } },
    'peer/alive': { result: {} },
    'peer/unread': { result: { bytes: 0 } },
    'peer/go': { result: { afterwardsMs: 1 } },
    'peer/health': { result: { faults: ['its disk disk0 has failed (nospace)'] } },
    'peer/abort': { result: { status: 'none' } },
    ...change,
  }
  await target.answer(answers)
  const progress: Progress[] = []
  const journal = journalPath(rig.layout.zoneFolder(name))
  const kept = undo.move()
  return {
    zone,
    target,
    answers,
    progress,
    journal,
    machine,
    rig,
    run: (params = {}) =>
      zone.exclusively('migrate', new AbortController().signal, (operation) => {
        const { uri, environment } = target
        const all = {
          zone: name,
          target: uri,
          type: 'live',
          dryRun: false,
          overwrite: false,
          cipher: 'none',
          environment,
        } as const
        return migrateZone(rig.host, zone, { ...all, ...params }, operation, (value) => progress.push(value))
      }),
    isRunning: async () => (await machine.qemu.qmp.execute('query-status')).running,
    asked: async () =>
      (await target.calls()).map(({ method }) => method).filter((method) => !beside.includes(method)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

type Migrating = Awaited<ReturnType<typeof migrating>>

async function assertRunsHere({ isRunning, journal }: Migrating): Promise<void> {
  assert.equal(await isRunning(), true)
  assert.equal(existsSync(journal), false)
}

async function assertHereAsBefore(here: Migrating): Promise<void> {
  const { zone, rig } = here
  await assertRunsHere(here)
  assert.deepEqual([zone.state, zone.auxiliary, zone.operation], ['running', [], undefined])
  assert.equal(existsSync(`${rig.layout.runFolder}/${name}.key`), false)
}

test('A zone that was migrated is configured here, with a true summary', async () => {
  await using here = await migrating()
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
  await using here = await migrating()
  const summary = await here.run({ dryRun: true })
  assert.deepEqual(await here.asked(), ['peer/hello', 'peer/assess'])
  assert.equal(summary.dryRun, true)
  await assertHereAsBefore(here)
})

test('What the rules refuse is not begun', async () => {
  await using here = await migrating()
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
    await using here = await migrating({ [phase]: { error: 'Not today', code: 'NO_MEMORY' } })
    await assert.rejects(here.run(), { code: 'NO_MEMORY', message: 'Not today' })
    assert.equal((await here.asked()).at(-1), 'peer/abort')
    assert.equal((await here.asked()).includes('peer/go'), false)
    await assertHereAsBefore(here)
  })
}

test('If the conversation ends before the hand-over, the zone runs here', async () => {
  await using here = await migrating({ 'peer/prepare': 'death' })
  await assert.rejects(here.run(), { code: 'HOST_UNREACHABLE' })
  await assertHereAsBefore(here)
})

test('A guest that would pause for too long goes on here, and the migration is tried again', async () => {
  await using second = await waitingHost(name)
  await using here = await migrating()
  using clock = lateClock()
  const late = here.machine.qemu.qmp.on('STOP', () => setImmediate(() => clock.advance(2_000)))
  const running = here.run()
  const again = async () =>
    here.progress.find(({ kind, ...rest }) => kind === 'line' && /2 of 3/.test(JSON.stringify(rest)))
  const told = await retryUntil(again, { timeoutMs: 20_000, intervalMs: 5 })
  late[Symbol.dispose]()
  assert.match(
    JSON.stringify(told),
    /The guest has stood still for \d+ ms, .* goes on running here. Trying again \(2 of 3\)/,
  )
  await assertRunsHere(here)
  const { host, port } = second
  await using trial = await trialPort()
  const anew = { 'peer/prepare': { result: { host, port } }, 'peer/try': { result: trial.address } }
  await here.target.answer({ ...here.answers, ...anew })
  const { phases, pauseMs, totalMs } = await running
  assert.equal(phases.length, 10)
  assert.ok(totalMs > 1_000 && (pauseMs ?? totalMs) < totalMs)
  assert.equal((await here.asked()).filter((method) => method === 'peer/go').length, 1)
  assert.equal(here.zone.state, 'configured')
})

const answersToGo = [
  ['dies', 'HOST_UNREACHABLE', 'death'],
  ['refuses', 'GO_REFUSED', { error: 'Cannot run it', code: 'GO_REFUSED' }],
] as const

for (const [what, code, go] of answersToGo) {
  test(`If the target ${what} when told to go, and then says none, the zone runs here again`, async () => {
    await using here = await migrating({ 'peer/go': go })
    await assert.rejects(here.run(), { code })
    const asked = await here.asked()
    // A target that is slow to answer is asked again.
    assert.deepEqual(new Set(asked.slice(asked.indexOf('peer/go'))), new Set(['peer/go', 'peer/abort']))
    await assertHereAsBefore(here)
  })

  test(`If the target ${what} when told to go, and then says arrived, the migration has succeeded`, async () => {
    await using here = await migrating({ 'peer/go': go, 'peer/abort': { result: { status: 'arrived' } } })
    const { transferredBytes, pauseMs } = await here.run()
    assert.ok((transferredBytes ?? 0) > 100_000)
    assert.equal(pauseMs, null, 'nobody knows how long it was')
    assert.deepEqual([here.zone.state, here.zone.running], ['configured', undefined])
    assert.equal(existsSync(here.journal), false)
  })

  test(`If the target ${what} when told to go, and then says lost, the zone is installed here, to be booted`, async () => {
    await using here = await migrating({ 'peer/go': go, 'peer/abort': { result: { status: 'lost' } } })
    await assert.rejects(here.run(), { code: 'TARGET_LOST', remedy: /zoneadm -z web1 boot$/ })
    assert.deepEqual(
      [here.zone.state, here.zone.running, here.zone.moving],
      ['installed', undefined, undefined],
    )
    assert.equal(existsSync(here.journal), false)
  })
}

test('While nobody knows, the journal stays, the guest stands still, and nothing else can be done with it', async () => {
  await using here = await migrating({ 'peer/go': 'death', 'peer/abort': 'death' })
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
