import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleConfig, sampleInput } from '../../../test/compat/sample-input.ts'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import type { Report } from '../../compat/schema.ts'
import { Exit, ZoneError } from '../../errors.ts'
import { listenForTrial } from '../listen-for-trial.ts'
import type { PeerResult } from '../peer-api.ts'
import { check } from './check.ts'

type TargetConfig = PeerResult<'peer/assess'>['config']
const inTheClear = { key: null, load: null }
const present: TargetConfig = { status: 'present', text: sampleConfig, key: null }

async function checking(config: TargetConfig, cipher = 'none') {
  const input = sampleInput(config.status === 'absent' ? { targetConfig: null } : {})
  // A real QEMU waits for the trial stream, in the clear: so it can listen before it is asked.
  const listener = await listenForTrial(inTheClear, '127.0.0.1', '/nonexistent', new AbortController().signal)
  const { peer, calls } = scriptedPeer({
    'peer/assess': () => ({ facts: input.target, config }),
    'peer/try': (params) => {
      assert.deepEqual({ key: params.key, load: params.load }, inTheClear)
      return listener.address
    },
    'peer/try-end': () => ({}),
  })
  const { qmp, commands } = await scriptedQmp()
  const reports: Report[] = []
  const asked: (readonly string[])[] = []
  const { migration, lines } = liveMigration(
    peer,
    qmp,
    {
      target: { id: 'id-of-beta', name: 'beta', ciphers: [] },
      cipher,
      onReport: (report) => reports.push(report),
    },
    {
      uuid: input.zone.uuid ?? '',
      contract: input.contract,
      configText: sampleConfig,
      facts: (storage) => {
        asked.push(storage)
        return Promise.resolve(input.source)
      },
      bootRecord: () => Promise.resolve(input.boot),
    },
  )
  const dispose = { [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() }
  return { migration, lines, calls, commands, reports, asked, ...dispose }
}

for (const config of [present, { status: 'absent' }] as const) {
  test(`Two equal hosts, configuration ${config.status} on the target: allowed, and nothing is changed`, async () => {
    await using here = await checking(config)
    const { migration, lines, calls, commands, reports, asked } = here
    await check.run(migration)
    assert.deepEqual(lines, ['Checking migration compatibility.'])
    const storage = migration.source.contract.devices.map((device) => device.storage)
    assert.equal(storage.length, 2)
    assert.deepEqual(asked, [storage])
    assert.deepEqual(calls.map(({ name }) => name).toSorted(), ['peer/assess', 'peer/try', 'peer/try-end'])
    assert.deepEqual(calls.find(({ name }) => name === 'peer/assess')?.params, {
      zone: 'web1',
      storage,
      cpus: [migration.source.spec.cpu],
    })
    assert.ok(migration.report?.passed.includes('path/data-port'))
    assert.deepEqual(reports, [migration.report])
    assert.notEqual(migration.report?.verdict, 'refuse')
    assert.deepEqual(commands(), [])
    assert.equal('undo' in check, false)
  })
}

const unusable = [
  [
    'differs',
    { status: 'present', text: `${sampleConfig}add device; set storage=file:///x; set id=2; end\n` },
  ],
  ['is damaged', { status: 'damaged', reason: 'the disk has lost it' }, /the disk has lost it/],
  [
    'cannot be parsed',
    { status: 'present', text: 'create -b\nset brand=sol' },
    /its configuration cannot be used/,
  ],
] as const

for (const [what, config, words] of unusable) {
  test(`A target whose configuration ${what} is refused, with the report`, async () => {
    await using here = await checking(config)
    const { migration, reports } = here
    await assert.rejects(check.run(migration), (error: unknown) => {
      assert.ok(error instanceof ZoneError)
      assert.equal(error.code, 'REFUSED')
      assert.equal(error.exit, Exit.refused)
      assert.match(
        error.message,
        /^zone 'web1': migration to beta refused for \d+ reasons?; nothing was changed$/,
      )
      assert.deepEqual(reports, [error.details])
      if (words !== undefined) assert.match(JSON.stringify(error.details), words)
      return true
    })
  })
}

test('A cipher that one end does not have is refused with the whole report, and no way is tried with it', async () => {
  await using here = await checking(present, 'rot13')
  const { migration, reports, calls } = here
  await assert.rejects(check.run(migration), { code: 'REFUSED', exit: Exit.refused })
  const [report] = reports
  const refusals = report?.findings.filter(({ verdict }) => verdict !== 'warn')
  assert.deepEqual(
    refusals?.map(({ rule, property }) => `${rule} ${property}`),
    ['protocol/encryption cipher'],
  )
  assert.ok(report?.notTried?.includes('path/data-port'))
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['peer/assess'],
  )
})
