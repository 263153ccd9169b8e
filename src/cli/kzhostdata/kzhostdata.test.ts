import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import type { ShownArea, ShownHostData } from '../../agent/api.ts'
import { Exit } from '../../errors.ts'
import { memoryIo } from '../memory-io.ts'
import { type Answers, recordingAgent } from '../recording-agent.ts'
import { runKzhostdata } from './kzhostdata.ts'

const mib = 1024 ** 2
const key = 'ab'.repeat(32)
const shown: ShownHostData = {
  device: 0,
  storage: 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.1',
  sizeBytes: 65 * mib,
  status: 'host data',
  copies: [
    {
      status: 'open',
      sequence: 8,
      record: {
        schema: 1,
        zone: '29be88cb-e61a-4204-8d9b-f4a61bf0efdd',
        name: 'web1',
        generation: 3,
        owner: { id: '848611d4', name: 'alpha' },
        state: 'running',
        updatedAt: '2026-11-27T10:00:00.000Z',
        sizeBytes: 64 * mib,
        transit: { ticket: 'b7', to: { id: '848611d5', name: 'beta' } },
      },
    },
    { status: 'damaged', sequence: null, record: null },
  ],
  replicas: [],
}

async function kzhostdata(argv: readonly string[], answers: Answers = {}) {
  const { connect, calls } = recordingAgent(answers)
  const io = memoryIo()
  const exit = await runKzhostdata(argv, io, new AbortController().signal, connect)
  return { exit, out: io.out(), err: io.err(), calls }
}

test('Whose a zone is, for people and as JSON', async () => {
  const answers = { 'host-data/show': () => shown }
  const { exit, out, calls } = await kzhostdata(['-z', 'web1'], answers)
  assert.equal(exit, Exit.ok)
  assert.deepEqual(calls, [['host-data/show', { zone: 'web1' }]])
  assert.equal(
    out,
    [
      'zone:           web1 (29be88cb-e61a-4204-8d9b-f4a61bf0efdd)',
      'owner:          alpha (848611d4)',
      'state:          running',
      'generation:     3',
      'last update:    2026-11-27T10:00:00.000Z',
      'on its way to:  beta, by migration b7',
      'storage:        iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.1 (65 MiB)',
      'guest sees:     64 MiB',
      'copies:         number 8 whole, damaged',
      '',
    ].join('\n'),
  )
  const json = await kzhostdata(['-z', 'web1', '--json'], answers)
  assert.deepEqual(JSON.parse(json.out), shown)
})

test('Each further boot device is shown, with what is there', async () => {
  const [newest] = shown.copies
  assert.ok(newest?.record)
  const copies = [{ ...newest, record: { ...newest.record, device: 1, sizeBytes: 12 * mib } }]
  const { replicas: _, ...lead } = shown
  const one: ShownArea = { ...lead, device: 1, storage: 'file:///second', sizeBytes: 13 * mib, copies }
  const gone: ShownArea = { ...one, device: 2, storage: 'file:///third', status: 'blank', copies: [] }
  const replicas = [one, gone]
  const { out } = await kzhostdata(['-z', 'web1'], { 'host-data/show': () => ({ ...shown, replicas }) })
  assert.deepEqual(out.split('\n').slice(9), [
    'on device 1:    file:///second (13 MiB)',
    '  owner:        alpha (848611d4)',
    '  guest sees:   12 MiB',
    '  copies:       number 8 whole',
    'on device 2:    file:///third (13 MiB)',
    '  host data:    none',
    '',
  ])
})

test('Any storage is opened with the key of a file, which is not in what is shown', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'key')
  await writeFile(file, `${key}\n`)
  const { calls, out, err } = await kzhostdata(['-k', file, shown.storage], { 'host-data/show': () => shown })
  assert.deepEqual(calls, [['host-data/show', { uri: shown.storage, key }]])
  assert.equal(`${out}${err}`.includes(key), false)
})

for (const [why, copies, words] of [
  [
    'is sealed with another key',
    [{ status: 'wrong key', sequence: null, record: null }],
    'sealed with another key',
  ],
  ['is damaged', [{ status: 'damaged', sequence: null, record: null }], 'damaged'],
] as const) {
  test(`A record that ${why} is told, and the exit code says that there is none`, async () => {
    const { exit, out } = await kzhostdata(['-z', 'web1'], { 'host-data/show': () => ({ ...shown, copies }) })
    assert.equal(exit, Exit.failed)
    assert.match(out, new RegExp(words))
  })
}

test('A disk without host data is told', async () => {
  const none = await kzhostdata(['-z', 'web1'], {
    'host-data/show': () => ({ ...shown, status: 'blank', copies: [] }),
  })
  assert.match(none.out, /host data: +none\n/)
  assert.equal(none.exit, Exit.failed)
  const cannot = await kzhostdata(['-z', 'web1'], { 'host-data/show': () => null })
  assert.match(cannot.err, /its storage cannot hold host data[^]*zonecfg -z web1 info device/)
})

for (const argv of [
  [],
  ['iscsi://h/target.iqn.x'],
  ['-z', 'web1', 'file:///d'],
  ['-k', '/k'],
  ['-k', '/k', 'a', 'b'],
]) {
  test(`kzhostdata ${argv.join(' ')} is refused with the usage, and asks nothing`, async () => {
    const { exit, err, calls } = await kzhostdata(argv)
    assert.equal(exit, Exit.usage)
    assert.match(err, /usage: kzhostdata/)
    assert.deepEqual(calls, [])
  })
}

test('--help and --version answer at once; a key file that is not there is named', async () => {
  assert.match((await kzhostdata(['--help'])).out, /^usage: kzhostdata/)
  assert.match((await kzhostdata(['-V'])).out, /^kzone /)
  const { exit, err } = await kzhostdata(['-k', '/nowhere/key', 'file:///d'])
  assert.equal(exit, Exit.failed)
  assert.match(err, /There is no key file "\/nowhere\/key"/)
})
