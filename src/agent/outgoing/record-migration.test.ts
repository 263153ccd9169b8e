import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import type { Finding, Report } from '../../compat/schema.ts'
import { ZoneError } from '../../errors.ts'
import { refused } from '../../migration/refused.ts'
import { hostLayout } from '../../util/host-layout.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { RunningZone } from '../zone.ts'
import { readMigrations } from './migration-ledger.ts'
import { recorded } from './record-migration.ts'
import type { UnderWay } from './under-way.ts'

const zone = { name: 'web1', running: undefined, isSuspended: true, underWay: undefined }
const params: Params<'zone/migrate'> = {
  zone: 'web1',
  target: 'ssh://beta',
  type: 'auto',
  dryRun: false,
  overwrite: false,
  cipher: null,
  environment: { USER: 'root', LOGNAME: 'olga' },
}
const finding = (rule: string, verdict: 'refuse' | 'warn'): Finding => ({
  verdict,
  rule,
  title: 'title',
  manual: 'manual',
  property: 'property',
  source: '1',
  target: '2',
  why: 'why',
  remedies: [],
})
const report: Report = {
  schema: 1,
  verdict: 'pass',
  zone: { name: 'web1', uuid: 'u1' },
  kind: 'warm',
  source: 'alpha',
  target: 'beta',
  findings: [finding('host/clock', 'warn')],
  passed: [],
  skipped: [],
}
const summary: MigrationSummary = {
  migrationId: 'm1',
  zone: 'web1',
  kind: 'warm',
  source: 'alpha',
  target: 'beta',
  dryRun: false,
  cipher: 'negotiated',
  report,
  totalMs: 820,
  phases: [{ name: 'check', ms: 12 }],
  pauseMs: null,
  networkPauseMs: null,
  longestStopMs: null,
  qemuDowntimeMs: null,
  transferredBytes: null,
}
const never = () => undefined

async function here() {
  const folder = await temporaryFolder()
  const layout = hostLayout(folder.path)
  const logged: string[] = []
  const log = (line: string) => void logged.push(line)
  return {
    layout,
    logged,
    host: { layout, identity: { id: 'a', name: 'alpha' }, log },
    records: async () => (await readMigrations(layout, null)).records,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('A migration that moved is recorded with who, where, kind, times and warnings; its progress is passed on', async () => {
  await using at = await here()
  const seen: Progress[] = []
  const passOn = (value: Progress) => void seen.push(value)
  const answer = await recorded(at.host, zone, params, passOn, async (progress) => {
    progress({ kind: 'report', report })
    return summary
  })
  assert.equal(answer, summary)
  assert.deepEqual(seen, [{ kind: 'report', report }])
  const [record, ...others] = await at.records()
  assert.deepEqual(others, [])
  assert.ok(record !== undefined)
  const { startedAt, endedAt, totalMs, ...rest } = record
  assert.ok(Date.parse(startedAt) <= Date.parse(endedAt) && totalMs >= 0)
  assert.deepEqual(rest, {
    schema: 1,
    zone: 'web1',
    kind: 'warm',
    source: 'alpha',
    target: 'beta',
    targetUri: 'ssh://beta',
    by: 'olga',
    outcome: 'moved',
    refusals: [],
    warnings: ['host/clock'],
    migrationId: 'm1',
    pauseMs: null,
    networkPauseMs: null,
    longestStopMs: null,
    qemuDowntimeMs: null,
    transferredBytes: null,
    phases: [{ name: 'check', ms: 12 }],
    cipher: 'negotiated',
    report,
  })
})

test('A migration that ended with an error is recorded by the code of its error, which is thrown all the same', async () => {
  await using at = await here()
  const uncertain = new ZoneError('lost beta', { code: 'HAND_OVER_UNCERTAIN' })
  const cancelled = new ZoneError('Cancelled', { code: 'CANCELLED' })
  const away = new ZoneError('No route', { code: 'HOST_UNREACHABLE' })
  const fault = new TypeError('a fault')
  const cut = new ZoneError('is on beta', { code: 'STREAM_BROKEN' })
  const dead = new ZoneError('its guest is lost', { code: 'GUEST_LOST' })
  for (const error of [away, fault, uncertain, cancelled, cut, dead]) {
    const failing = recorded(at.host, zone, params, never, () => Promise.reject(error))
    await assert.rejects(failing, (thrown) => thrown === error)
  }
  const found = (await at.records()).map(({ outcome, code, message, target }) =>
    [outcome, code, message, target].join(' '),
  )
  assert.deepEqual(found.toSorted(), [
    'cancelled CANCELLED Cancelled ',
    'failed  a fault ',
    'failed HOST_UNREACHABLE No route ',
    'moved GUEST_LOST its guest is lost ',
    'moved STREAM_BROKEN is on beta ',
    'uncertain HAND_OVER_UNCERTAIN lost beta ',
  ])
})

test('A refused migration is recorded with the rules that refused it, each once', async () => {
  await using at = await here()
  const findings = [finding('cpu/count', 'refuse'), finding('cpu/count', 'refuse'), ...report.findings]
  const refusing: Report = { ...report, verdict: 'refuse', findings }
  const failing = recorded(at.host, zone, params, never, async (progress) => {
    progress({ kind: 'report', report: refusing })
    throw refused('web1', 'beta', refusing)
  })
  await assert.rejects(failing, { code: 'REFUSED' })
  const [record] = await at.records()
  assert.deepEqual(
    [record?.outcome, record?.target, record?.refusals, record?.warnings],
    ['refused', 'beta', ['cpu/count'], ['host/clock']],
  )
})

test('What a dry run has measured is shown in the migration of the same guest to the same host with the same limits', async () => {
  await using at = await here()
  const known = { converges: true, transferMs: 4000, pauseMs: 60, bytesPerSecond: 9, dirtyBytesPerSecond: 1 }
  const measured = { ...summary, report: { ...report, forecast: { known } } }
  const seenBy = async (wishes: Partial<typeof params>, target = 'beta') => {
    const guest = { ...zone, running: { record: {} } as RunningZone }
    const underWay = () => (guest as { underWay: UnderWay | undefined }).underWay?.status().forecast
    await recorded(at.host, guest, { ...params, dryRun: true }, never, async () => measured)
    let shown = underWay()
    await recorded(at.host, guest, { ...params, ...wishes }, never, async (progress) => {
      assert.equal(underWay(), null)
      progress({ kind: 'report', report: { ...report, target } })
      shown = underWay()
      return summary
    })
    return shown
  }
  assert.partialDeepStrictEqual(await seenBy({}), known)
  assert.equal(await seenBy({ maxPauseMs: 50 }), null)
  assert.equal(await seenBy({}, 'gamma'), null)
})

test('A dry run is not recorded', async () => {
  await using at = await here()
  await recorded(at.host, zone, { ...params, dryRun: true }, never, async () => summary)
  assert.deepEqual(await at.records(), [])
})

test('A record that cannot be written is logged, and changes nothing about the migration', async () => {
  await using at = await here()
  await mkdir(at.layout.stateFolder, { recursive: true })
  await writeFile(`${at.layout.stateFolder}/.migrations`, 'a file stands in the way')
  assert.equal(await recorded(at.host, zone, params, never, async () => summary), summary)
  const error = new ZoneError('No route', { code: 'HOST_UNREACHABLE' })
  const failing = recorded(at.host, zone, params, never, () => Promise.reject(error))
  await assert.rejects(failing, (thrown) => thrown === error)
  assert.equal(at.logged.length, 2)
  for (const line of at.logged)
    assert.match(line, /^zone 'web1': the record of its migration cannot be written: /)
})

test('The report, the pauses, the cipher and the limits are recorded; what was not asked for is left out', async () => {
  await using at = await here()
  const wishes = { cipher: 'PSK', maxPauseMs: 2000, postcopy: true }
  await recorded(at.host, zone, { ...params, ...wishes }, never, async (progress) => {
    progress({ kind: 'report', report })
    return {
      ...summary,
      cipher: 'PSK',
      networkPauseMs: 15,
      qemuDowntimeMs: 4,
      longestStopMs: 3,
      endingMs: 80,
      faults: ['its disk disk0 has failed (nospace)'],
    }
  })
  await recorded(at.host, zone, params, never, async () => {
    throw new ZoneError('gone', { code: 'HOST_UNREACHABLE' })
  }).catch(never)
  const [moved, failed] = await at.records()
  assert.partialDeepStrictEqual(moved, {
    report,
    networkPauseMs: 15,
    longestStopMs: 3,
    qemuDowntimeMs: 4,
    endingMs: 80,
    faults: ['its disk disk0 has failed (nospace)'],
    cipher: 'PSK',
    limits: { maxPauseMs: 2000, postcopy: true },
  })
  for (const key of ['report', 'faults', 'cipher', 'limits', 'direction'])
    assert.equal(key in (failed ?? {}), false, key)
})
