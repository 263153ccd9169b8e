import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyChanges, type Changes } from '../../../test/compat/apply-changes.ts'
import { sampleConfig, sampleInput } from '../../../test/compat/sample-input.ts'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { Report } from '../../compat/schema.ts'
import { type HostFacts, isKnown, type ZoneSummary } from '../../facts/schema.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import { memoryIo } from '../memory-io.ts'
import { type Answers, recordingAgent } from '../recording-agent.ts'
import { runZoneadm } from '../zoneadm.ts'

const { contract, properties, boot, zone, source, target } = sampleInput()
const { cpuModels } = source
assert.ok(isKnown(cpuModels))
const ofClass = { name: cpuModel('migration-class1'), unavailableFeatures: [], features: { known: ['aes'] } }
const models = { known: [...cpuModels.known, ofClass] }
const alpha: HostFacts = { ...source, cpuModels: models, zones: { known: [] } }
const beta: HostFacts = { ...target, cpuModels: models, zones: { known: [] } }
const emulated: Changes = { 'hypervisor.known.accelerator': 'tcg', 'tsc.known.frequencyHz': null }

/** A host with web1, which runs, and a target that has another configuration of it. */
const running: Answers = {
  'zone/subjects': () => ({
    source: { ...source, cpuModels: models },
    subjects: [
      {
        name: 'web1',
        state: 'running',
        auxiliary: [],
        storage: [],
        cpus: [],
        forms: { live: { contract, properties, boot, zone } },
      },
    ],
  }),
  'host/facts': () => alpha,
  'host/survey': ({ target: uri }) => ({
    uri,
    facts: beta,
    configurations: {
      web1: { status: 'present', text: `${sampleConfig}select virtual-cpu; set ncpus=4; end\n` },
    },
  }),
}

/** `zoneadm -z web1 migrate -n --json` with files in the place of `@`; answers the rules that found something. */
async function dryRun(words: string, { config = sampleConfig, zones = [] as readonly ZoneSummary[] } = {}) {
  await using folder = await temporaryFolder()
  for (const [name, content] of [
    ['web1.cfg', config],
    ['alpha.json', JSON.stringify({ ...alpha, zones: { known: zones } })],
    ['beta.json', JSON.stringify(beta)],
    ['alpha-tcg.json', JSON.stringify(applyChanges(alpha, emulated))],
    ['beta-tcg.json', JSON.stringify(applyChanges(beta, emulated))],
    ['beta-has-it.json', JSON.stringify({ ...target, cpuModels: models })],
  ] as const) {
    await writeFile(join(folder.path, name), content)
  }
  const io = memoryIo()
  const { connect } = recordingAgent(running)
  const argv = `-z web1 migrate -n --json ${words}`.replaceAll('@', `${folder.path}/`).split(' ')
  const exit = await runZoneadm(argv, io, new AbortController().signal, connect)
  const report = io.out() === '' ? undefined : Report.parse(JSON.parse(io.out()))
  const found = report?.findings.map(({ rule, verdict }) => `${verdict} ${rule}`)
  return { exit, found, report, err: io.err() }
}

test('An emulated guest is promised no pause that it cannot keep, by saved facts neither', async () => {
  const line = '-f @web1.cfg --source facts:@alpha-tcg.json facts:@beta-tcg.json'
  assert.deepEqual((await dryRun(line)).found, [])
  assert.deepEqual((await dryRun(`--max-pause 100ms ${line}`)).found, ['refuse memory/pause'])
  assert.deepEqual((await dryRun(`--max-pause 300ms ${line}`)).found, [])
})

test('Post-copy is a risk and takes two QEMUs that know it, by saved facts as well', async () => {
  const found = ['refuse hypervisor/capabilities', 'warn memory/postcopy']
  assert.deepEqual((await dryRun('--postcopy facts:@beta.json')).found, found)
  assert.deepEqual(
    (await dryRun('-f @web1.cfg --source facts:@alpha.json --postcopy facts:@beta.json')).found,
    found,
  )
})

test('A configuration that is to be replaced is not compared, whether the target is asked or not', async () => {
  for (const [words, left] of [
    ['facts:@beta-has-it.json', 'unknown'],
    ['-f @web1.cfg ssh://beta', 'refuse'],
  ] as const) {
    const { found = [] } = await dryRun(words)
    assert.ok(
      found.some((each) => each.startsWith(left)),
      `${words}: ${found.join()}`,
    )
    assert.deepEqual((await dryRun(`-w ${words}`)).found, [], words)
  }
})

const planned = '-f @web1.cfg --source facts:@alpha.json facts:@beta.json'

test('A configuration with a suspend image is judged as a zone that is suspended, if that is asked for', async () => {
  const { report, found, err } = await dryRun(`-t warm ${planned}`)
  assert.equal(report?.kind, 'warm', err)
  assert.deepEqual(found, [])
  const local = sampleConfig.replace(
    /add suspend; set storage=.*; end/,
    'add suspend; set path=/images/web1; end',
  )
  assert.deepEqual((await dryRun(`-t warm ${planned}`, { config: local })).found, [
    'refuse storage/suspend-image',
  ])
  assert.equal((await dryRun(planned)).report?.kind, 'live')
})

test('A configuration without a suspend image, or of a zone that is down, says why it cannot go warm', async () => {
  const without = sampleConfig.replace(/add suspend; .*; end/, '')
  const none = await dryRun(`-t warm ${planned}`, { config: without })
  assert.deepEqual([none.exit, none.report], [1, undefined])
  assert.match(none.err, /has no suspend resource[^]*Add one: zonecfg -z web1 'add suspend; /)
  const down = await dryRun(`-t warm ${planned}`, { zones: [summary('installed')] })
  assert.match(down.err, /is installed, which does not fit 'migrate -t warm'/)
})

test('A zone that the saved facts list as suspended goes warm, by whatever configuration', async () => {
  for (const words of ['', '-t warm ']) {
    const { report, found } = await dryRun(words + planned, { zones: [summary('installed', ['suspended'])] })
    assert.deepEqual([report?.kind, found], ['warm', []])
  }
})

function summary(state: ZoneSummary['state'], auxiliary: string[] = []): ZoneSummary {
  const { zones } = source
  assert.ok(isKnown(zones) && zones.known[0] !== undefined)
  return { ...zones.known[0], state, auxiliary }
}
