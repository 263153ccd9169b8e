import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { scriptedTarget } from '../../../test/fixtures/peer/scripted-target.ts'
import type { HostFacts } from '../../facts/schema.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import type { Params, Progress } from '../api.ts'
import { migrateZone } from './migrate.ts'

const other = { id: '848611d4-0000-4000-8000-00000000000a', name: 'gamma' }

/** The dry run of a zone that is installed, to a host just like this one but for some facts. */
async function dryRun(
  change: Partial<HostFacts> = {},
  type: 'auto' | 'live' = 'auto',
  cipher: string | null = null,
  limits: Partial<Params<'zone/migrate'>> = {},
) {
  await using rig = await agentHost()
  await using target = await scriptedTarget()
  const zone = await rig.zone('web1', 'installed')
  const own = await rig.host.knowledge.facts([], [cpuModel(undefined)])
  const facts = { ...own, host: other, zones: { known: [] }, operations: { known: [] }, ...change }
  await target.answer({
    'peer/hello': { result: { ...own.kzone, host: other, ciphers: [] } },
    'peer/assess': { result: { facts, config: { status: 'absent' } } },
  })
  const progress: Progress[] = []
  const { uri, environment } = target
  const params = {
    zone: 'web1',
    target: uri,
    type,
    dryRun: true,
    overwrite: false,
    cipher,
    environment,
    ...limits,
  } as const
  const run = zone.exclusively('migrate', new AbortController().signal, (operation) =>
    migrateZone(rig.host, zone, params, operation, (value) => progress.push(value)),
  )
  const outcome = await run.catch((error: unknown) => error)
  return { outcome, progress, state: zone.state, asked: (await target.calls()).map(({ method }) => method) }
}

test('A dry run of a zone that does not run is the check of a cold migration', async () => {
  const { outcome, progress, state, asked } = await dryRun()
  assert.ok(!(outcome instanceof Error), String(outcome))
  const { kind, source, target, report, pauseMs } = outcome as Awaited<ReturnType<typeof migrateZone>>
  assert.deepEqual([kind, source, target, report.verdict, pauseMs], ['cold', 'beta', 'gamma', 'pass', null])
  // The facts were gathered before they were asked for: as if the clock there were slow.
  assert.deepEqual(
    report.findings.filter(({ rule }) => rule !== 'clock/offset'),
    [],
  )
  assert.deepEqual(
    progress.map((each) => (each.kind === 'line' ? each.text : each.kind)),
    ['Checking migration compatibility.', 'report'],
  )
  assert.equal(state, 'installed')
  assert.deepEqual(asked, ['peer/hello', 'peer/assess'])
})

test('A dry run that is refused has the report in its error', async () => {
  const { outcome, state } = await dryRun({ architecture: 'aarch64' })
  assert.match(String(outcome), /migration to gamma refused for 1 reason; nothing was changed/)
  assert.deepEqual((outcome as { code: string }).code, 'REFUSED')
  assert.equal(state, 'installed')
})

test('A dry run that asks for a live migration needs a running zone', async () => {
  const { outcome } = await dryRun({}, 'live')
  assert.match(String(outcome), /must be running before 'migrate', it is installed/)
})

test('The cipher is no matter of a zone that does not run: no memory of it is sent', async () => {
  const { outcome, asked } = await dryRun({}, 'auto', 'aes-256-gcm')
  assert.ok(!(outcome instanceof Error), String(outcome))
  assert.deepEqual(asked, ['peer/hello', 'peer/assess'])
})

test('What only the memory of a running guest has to do with is said to be without effect on a zone that does not run', async () => {
  const { progress } = await dryRun({}, 'auto', null, { maxPauseMs: 2000, postcopy: true })
  assert.deepEqual(progress[0], {
    kind: 'line',
    text: 'The zone does not run: without effect: --max-pause, --postcopy.',
  })
})
