import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyChanges } from '../../../../test/compat/apply-changes.ts'
import { sampleConfig, sampleInput } from '../../../../test/compat/sample-input.ts'
import { temporaryFolder } from '../../../../test/fixtures/temporary-folder.ts'
import { rules } from '../../../compat/rules/index.ts'
import type { Report } from '../../../compat/schema.ts'
import type { Form, Subject } from '../../../compat/subject.ts'
import { Exit, ZoneError } from '../../../errors.ts'
import type { HostFacts } from '../../../facts/schema.ts'
import { cpuModel } from '../../../vm/cpu-class.ts'
import { memoryIo } from '../../memory-io.ts'
import { type Answers, recordingAgent } from '../../recording-agent.ts'
import { runZoneadm } from '../../zoneadm.ts'

const { contract, properties, boot, zone, source, target } = sampleInput({ targetConfig: null })
const models = {
  known: [{ name: cpuModel('migration-class1'), unavailableFeatures: [], features: { known: ['aes'] } }],
}
const alpha: HostFacts = { ...source, cpuModels: models }
const beta: HostFacts = { ...target, cpuModels: models }

function subject(name: string, state: string, storage: readonly string[] = []): Subject {
  const form: Form = { contract, properties, boot, zone: { ...zone, name, state: 'running' } }
  const down: Form = { ...form, zone: { ...form.zone, state: 'installed' } }
  const forms =
    state === 'running' ? { live: form, cold: down } : { cold: { ...down, zone: { ...down.zone, state } } }
  return { name, state, auxiliary: [], storage, cpus: ['qemu64,+aes'], forms }
}

async function zoneadm(words: string, answers: Answers = {}, io = memoryIo()) {
  const { connect, calls } = recordingAgent(answers)
  const exit = await runZoneadm(words.split(' '), io, new AbortController().signal, connect)
  return { exit, out: io.out(), err: io.err(), calls }
}

const unreachable = new ZoneError('Cannot reach ssh://gamma: No route to host', {
  code: 'HOST_UNREACHABLE',
  remedy: 'Check that this works without a prompt: ssh gamma true',
})

/** A host with three zones, and two to which they could go; the second one is away. */
function fleet(): Answers {
  const subjects = [
    subject('web1', 'running', ['iscsi:a']),
    subject('new1', 'configured'),
    subject('db1', 'installed'),
  ]
  return {
    'zone/subjects': ({ zones }) => ({
      source,
      subjects: subjects.filter(({ name }) => zones === null || zones.includes(name)),
    }),
    async 'host/survey'({ target: uri }) {
      if (uri === 'ssh://gamma') throw unreachable
      return { uri, facts: target, configurations: {} }
    },
  }
}

test('zoneadm check asks each host once, for all that the zones need', async () => {
  const { exit, out, calls } = await zoneadm('check --all-zones --hosts ssh://beta,gamma ssh://beta', fleet())
  assert.equal(exit, Exit.failed, 'one host could not be asked')
  const asked = calls.filter(([name]) => name === 'host/survey').map(([, params]) => params)
  const question = { zones: ['web1', 'db1'], storage: ['iscsi:a'], cpus: ['qemu64,+aes'] }
  const parts = asked.map((params) => {
    const { environment, ...rest } = params as { environment: unknown }
    assert.equal(typeof environment, 'object')
    return rest
  })
  assert.deepEqual(parts, [
    { target: 'ssh://beta', ...question },
    { target: 'ssh://gamma', ...question },
  ])
  assert.equal(
    out,
    `\
ZONE  STATE      beta  gamma
web1  running    live  ? [1]
db1   installed  cold  ? [1]

[1] Cannot reach ssh://gamma: No route to host; remedy: Check that this works
    without a prompt: ssh gamma true

2 zones, 2 hosts: 1 live, 1 cold, 2 not known.
`,
  )
})

test('zoneadm check takes zones before and after the subcommand, and a zone that is only configured cannot move', async () => {
  const { exit, out, calls } = await zoneadm('-z web1 check -z new1 beta', fleet())
  assert.equal(exit, Exit.refused)
  assert.deepEqual(calls[0], ['zone/subjects', { zones: ['web1', 'new1'] }])
  assert.match(out, /\nweb1 +running +live\nnew1 +configured +no \[1\]\n\n\[1\] state\/kind: /)
})

test('zoneadm check of one zone and one host is the report', async () => {
  const { exit, out } = await zoneadm('-z web1 check beta', fleet())
  assert.equal(exit, Exit.ok)
  assert.match(out, /^web1: live migration from alpha to beta can go ahead\n/)
  const cold = await zoneadm('-z web1 check -t cold beta', fleet())
  assert.match(cold.out, /^web1: cold migration from alpha to beta can go ahead\n/)
})

test('zoneadm check goes by the cipher and the limits that the migration would be given', async () => {
  const emulated = applyChanges(boot, { 'known.accelerator': 'tcg', 'known.tscFrequencyHz': null })
  const [web1] = [subject('web1', 'running')]
  const live = { ...web1?.forms.live, boot: emulated } as Form
  const answers = {
    ...fleet(),
    'zone/subjects': () => ({ source, subjects: [{ ...web1, forms: { live } }] }),
  } as Answers
  const findings = async (words: string) => {
    const { out } = await zoneadm(`-z web1 check --json --why ${words} beta`, answers)
    const { zones } = JSON.parse(out) as { zones: { hosts: { reports: Report[] }[] }[] }
    return zones[0]?.hosts[0]?.reports.flatMap((report) => report.findings.map(({ rule }) => rule)) ?? []
  }
  const plain = await findings('-t auto')
  const more = async (words: string) => (await findings(words)).filter((id) => !plain.includes(id))
  assert.deepEqual(await more('-c rot13'), ['protocol/encryption'])
  assert.deepEqual(await more('--max-pause 100ms'), ['memory/pause'])
  assert.deepEqual(await more('--postcopy'), ['hypervisor/capabilities', 'memory/postcopy'])
})

test('zoneadm check shows progress on a terminal, and clears it', async () => {
  const { err } = await zoneadm('check --all-zones beta gamma', fleet(), memoryIo({ tty: true }))
  assert.match(err, /Asking hosts: 0 of 2 answered/)
  assert.doesNotMatch(err.split('\r\u001b[K').at(-1) ?? '', /Asking/, 'the line is gone at the end')
})

test('zoneadm check --json is one document, with the reports only if they are asked for', async () => {
  interface Document {
    source: string
    hosts: unknown[]
    zones: { hosts: { can: string; reports?: unknown[] }[] }[]
  }
  const { out } = await zoneadm('check --all-zones --json beta gamma', fleet())
  const plain = JSON.parse(out) as Document
  assert.equal(plain.source, 'alpha')
  assert.deepEqual(
    plain.zones.map(({ hosts }) => hosts.map(({ can, reports }) => [can, reports])),
    [
      [
        ['live', undefined],
        ['unknown', undefined],
      ],
      [
        ['cold', undefined],
        ['unknown', undefined],
      ],
    ],
  )
  const whole = JSON.parse((await zoneadm('check --all-zones --json --why beta', fleet())).out) as Document
  assert.equal(whole.zones[0]?.hosts[0]?.reports?.length, 1)
})

/** Files for a check without any zonesd. */
async function files() {
  const folder = await temporaryFolder()
  const write = (name: string, content: string) => writeFile(join(folder.path, name), content)
  await write('web1.cfg', sampleConfig)
  await write('alpha.json', JSON.stringify({ ...alpha, zones: { known: [] } }))
  await write('beta.json', JSON.stringify(beta))
  await write('bare.json', JSON.stringify({ ...beta, storage: { known: [] } }))
  return {
    write,
    run: (words: string) => zoneadm(words.replaceAll('@', `${folder.path}/`)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('zoneadm check -f judges a configuration from one saved host to another, and says how old the facts are', async () => {
  await using on = await files()
  const { exit, out, err, calls } = await on.run(
    'check -f @web1.cfg --source facts:@alpha.json facts:@beta.json',
  )
  assert.equal(exit, Exit.ok, out)
  assert.match(out, /^web1: live migration from alpha to beta can go ahead/)
  assert.match(err, /zoneadm: facts of alpha as saved at 2026-11-20 10:00 UTC \(/)
  assert.deepEqual(calls, [])
})

test('zoneadm check -f refuses what saved facts do not tell, until it is accepted', async () => {
  await using on = await files()
  const line = 'check -f @web1.cfg --source facts:@alpha.json facts:@bare.json'
  const untold = await on.run(line)
  assert.equal(untold.exit, Exit.refused)
  assert.match(untold.out, /UNKNOWN target\.storage/)
  assert.match(untold.err, /to plan without it: --accept-unknown/)
  const accepted = await on.run(`${line} --accept-unknown`)
  assert.equal(accepted.exit, Exit.ok)
  assert.match(accepted.out, /1 thing not judged\n\nNOT JUDGED target\.storage/)
})

test('zoneadm check -f names what is wrong in the files', async () => {
  await using on = await files()
  await on.write('bad.cfg', 'create -b\nset brand=solaris-kz\nset cpu-arhc=x\n')
  await on.write('bad.json', '{')
  const config = await on.run('check -f @bad.cfg --source facts:@alpha.json facts:@beta.json')
  assert.equal(config.exit, Exit.failed)
  assert.match(
    config.err,
    /bad\.cfg": On line 3:\n[^]*"cpu-arhc" is not a property[^]*Did you mean "cpu-arch"\?/,
  )
  const facts = await on.run('check -f @web1.cfg --source facts:@bad.json facts:@beta.json')
  assert.equal(facts.exit, Exit.failed)
  assert.match(facts.err, /bad\.json" as the facts of a host: it is not JSON/)
  const missing = await on.run('check -f @web2.cfg --source facts:@alpha.json facts:@beta.json')
  assert.match(
    missing.err,
    /web2\.cfg": there is no such file\n {2}remedy: Write it: zonecfg -z web2 export > /,
  )
})

for (const [words, message] of [
  ['check --all-zones', /a host is missing\nusage: zoneadm check /],
  ['check beta', /name zones with -z, or take all with --all-zones/],
  ['-z a check --all-zones beta', /name zones with -z, or take all with --all-zones/],
  ['check -f a --all-zones beta', /-f and --all-zones cannot be given together/],
  ['-z a check --source facts:b beta', /--source goes with -f/],
  ['-z a check -t lvie beta', /unknown kind "lvie"; did you mean "live"\?/],
  ['-z a check -t cold --postcopy beta', /are for a guest that runs, and go with -t live or auto/],
  ['-z a check --max-pause 100 beta', /--max-pause takes a time/],
  ['-z a check ftp://beta', /Cannot use "ftp:\/\/beta" as a target/],
  ['check --explain cpu/featuers', /There is no rule "cpu\/featuers"; did you mean "cpu\/features"\?/],
] as const) {
  test(`zoneadm ${words} is a mistake in the command line`, async () => {
    const { exit, err } = await zoneadm(words, fleet())
    assert.equal(exit, Exit.usage)
    assert.match(err, message)
  })
}

test('zoneadm check --explain shows what the manual says of a rule, of a group, or the names of all', async () => {
  const one = await zoneadm('check --explain cpu/features')
  assert.deepEqual([one.exit, one.calls], [Exit.ok, []])
  assert.match(one.out, /^cpu\/features\n {2}The target gives the guest every CPU feature it has now\.\n\n/)
  assert.match(one.out, /\n {2}Applies to: warm, live\n {2}If broken: {2}it refuses the migration\n/)
  const group = await zoneadm('check --explain cpu')
  assert.match(group.out, /^cpu\/count\n[^]*\n\ncpu\/features\n/)
  const list = await zoneadm('-z web1 migrate -n --explain list')
  for (const { id } of rules) assert.match(list.out, new RegExp(`^${id} `, 'm'))
  for (const line of `${one.out}${list.out}`.split('\n')) assert.ok(line.length <= 80, line)
})
