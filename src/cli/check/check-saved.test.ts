import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyChanges, type Changes } from '../../../test/compat/apply-changes.ts'
import { sampleConfig, sampleInput } from '../../../test/compat/sample-input.ts'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { Report } from '../../compat/schema.ts'
import { type HostFacts, isKnown } from '../../facts/schema.ts'
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
async function dryRun(words: string, config = sampleConfig) {
  await using folder = await temporaryFolder()
  for (const [name, content] of [
    ['web1.cfg', config],
    ['alpha.json', JSON.stringify(alpha)],
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
