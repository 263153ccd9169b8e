import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Phase, runPhases } from './phase.ts'

const names = ['connect', 'reserve', 'transfer', 'hand-over', 'clean-up'] as const
const committing = 'hand-over'

interface Faults {
  readonly fails?: string | undefined
  readonly undoFails?: string
  /** Phase in whose run the signal is aborted. */
  readonly abortsIn?: string
}

/** Phases that note what is done with them. */
function recording(faults: Faults = {}) {
  const log: string[] = []
  const controller = new AbortController()
  const phases = names.map(
    (name): Phase<string[]> => ({
      name,
      ...(name === committing ? { commits: () => true } : {}),
      async run(context) {
        context.push(name)
        if (faults.abortsIn === name) controller.abort(new Error('cancelled'))
        if (faults.fails === name) throw new Error(`${name} failed`)
      },
      async undo(context) {
        context.push(`undo ${name}`)
        if (faults.undoFails === name) throw new Error(`undoing ${name} failed`)
      },
    }),
  )
  const stuck: string[] = []
  const run = {
    context: log,
    signal: controller.signal,
    onStuck: (phase: string, error: unknown) => stuck.push(`${phase}: ${(error as Error).message}`),
  }
  return { log, stuck, phases, run, controller }
}

/** What is done if the last phase begun is this one and it does not succeed. */
function expectedLog(last: string): string[] {
  const begun = names.slice(0, names.findIndex((name) => name === last) + 1)
  const isCommitted = begun.includes(committing)
  return [...begun, ...(isCommitted ? [] : begun.toReversed().map((name) => `undo ${name}`))]
}

test('Phases run in order, each is timed, and nothing is undone', async () => {
  const { log, phases, run, stuck } = recording()
  const times = await runPhases(phases, run)
  assert.deepEqual(log, names)
  assert.deepEqual(
    times.map(({ name }) => name),
    names,
  )
  assert.ok(times.every(({ ms }) => ms >= 0))
  assert.deepEqual(stuck, [])
})

for (const fails of names) {
  test(`If ${fails} fails, what was begun is undone in reverse, unless ${committing} had begun`, async () => {
    const { log, phases, run, stuck } = recording({ fails })
    await assert.rejects(runPhases(phases, run), { message: `${fails} failed` })
    assert.deepEqual(log, expectedLog(fails))
    assert.deepEqual(stuck, [])
  })

  test(`An abort during ${fails} ends the run after it, unless ${committing} had begun`, async () => {
    const { log, phases, run } = recording({ abortsIn: fails })
    const running = runPhases(phases, run)
    if (names.indexOf(fails) >= names.indexOf(committing)) {
      await running
      assert.deepEqual(log, names)
    } else {
      await assert.rejects(running, { message: 'cancelled' })
      assert.deepEqual(log, expectedLog(fails))
    }
  })
}

for (const undoFails of ['connect', 'reserve', 'transfer']) {
  test(`If undoing ${undoFails} fails, it is told, and the others are undone all the same`, async () => {
    const { log, phases, run, stuck } = recording({ fails: 'transfer', undoFails })
    await assert.rejects(runPhases(phases, run), { message: 'transfer failed' })
    assert.deepEqual(log, expectedLog('transfer'))
    assert.deepEqual(stuck, [`${undoFails}: undoing ${undoFails} failed`])
  })
}

test('A signal that is aborted before the first phase lets none begin', async () => {
  const { log, phases, run, controller } = recording()
  controller.abort(new Error('cancelled'))
  await assert.rejects(runPhases(phases, run), { message: 'cancelled' })
  assert.deepEqual(log, [])
})

test('onBegin() is done before the phase begins; if it fails, that phase neither runs nor is undone', async () => {
  const { log, phases, run } = recording()
  const onBegin = async (phase: string) => {
    await new Promise((resolve) => setImmediate(resolve))
    log.push(`note ${phase}`)
    if (phase === 'transfer') throw new Error('disk full')
  }
  await assert.rejects(runPhases(phases, { ...run, onBegin }), { message: 'disk full' })
  assert.deepEqual(log, [
    'note connect',
    'connect',
    'note reserve',
    'reserve',
    'note transfer',
    'undo reserve',
    'undo connect',
  ])
})

test('A phase without undo is passed over', async () => {
  const { log, phases, run } = recording({ fails: 'transfer' })
  const without = phases.map((phase): Phase<string[]> => {
    const { name } = phase
    return name === 'reserve' ? { name, run: (context) => phase.run(context) } : phase
  })
  await assert.rejects(runPhases(without, run), { message: 'transfer failed' })
  assert.deepEqual(log, ['connect', 'reserve', 'transfer', 'undo transfer', 'undo connect'])
})
