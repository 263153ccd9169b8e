import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MigrationSummary, Progress } from '../../../agent/api.ts'
import type { Report } from '../../../compat/schema.ts'
import { Exit, ZoneError } from '../../../errors.ts'
import { memoryIo } from '../../memory-io.ts'
import { type Answers, recordingAgent } from '../../recording-agent.ts'
import { runZoneadm } from '../../zoneadm.ts'

const pass: Report = {
  schema: 1,
  verdict: 'pass',
  zone: { name: 'web1', uuid: 'u1' },
  kind: 'live',
  source: 'alpha',
  target: 'beta',
  findings: [],
  passed: ['cpu/count'],
  skipped: [],
}
const finding = {
  rule: 'network/lower-link',
  title: 'The bridge is there',
  manual: 'man:kzone-compatibility(7)#network/lower-link',
  property: 'anet 0:lower-link',
  source: 'br0',
  target: 'br0 is not there',
  why: 'the guest would lose its network',
  remedies: [],
}
const warned: Report = { ...pass, findings: [{ ...finding, verdict: 'warn' }] }
const refused: Report = { ...pass, verdict: 'refuse', findings: [{ ...finding, verdict: 'refuse' }] }

const summary: MigrationSummary = {
  migrationId: 'm1',
  zone: 'web1',
  kind: 'live',
  source: 'alpha',
  target: 'beta',
  dryRun: false,
  cipher: 'PSK',
  report: pass,
  totalMs: 820,
  phases: [],
  pauseMs: 12,
  networkPauseMs: 15,
  longestStopMs: 3,
  qemuDowntimeMs: 4,
  transferredBytes: 48 * 2 ** 20,
}
const transfer: Progress = {
  kind: 'transfer',
  remainingBytes: 1,
  totalBytes: 4,
  transferredBytes: 3,
  bytesPerSecond: 1,
  pass: 1,
}

async function migrate(
  argv: string,
  answers: Answers,
  { io = memoryIo(), signal = new AbortController().signal } = {},
) {
  const { connect, calls } = recordingAgent(answers)
  const exit = await runZoneadm(['-z', 'web1', 'migrate', ...argv.split(' ')], io, signal, connect)
  return { exit, out: io.out(), err: io.err(), calls }
}

/** Reports what a migration would, then ends with the summary. */
function reporting(report: Report, result: MigrationSummary = { ...summary, report }): Answers {
  return {
    'zone/migrate'(_, progress) {
      progress({ kind: 'line', text: 'Checking migration compatibility.' })
      progress({ kind: 'report', report })
      progress(transfer)
      progress({ kind: 'line', text: 'Migration successful.' })
      return result
    },
  }
}

function refusing(withProgress: boolean): Answers {
  return {
    'zone/migrate'(_, progress) {
      if (withProgress) progress({ kind: 'report', report: refused })
      throw new ZoneError('The migration is refused', {
        code: 'REFUSED',
        exit: Exit.refused,
        details: refused,
      })
    },
  }
}

test('zoneadm migrate prints its lines and a summary on stderr', async () => {
  const { exit, out, err } = await migrate('ssh://beta', reporting(pass))
  assert.deepEqual({ exit, out }, { exit: Exit.ok, out: '' })
  assert.deepEqual(err.split('\n'), [
    "zoneadm: zone 'web1': Checking migration compatibility.",
    "zoneadm: zone 'web1': Migration successful.",
    "zoneadm: zone 'web1': Migrated in 0.82 s, guest paused 12 ms (network: 15 ms, QEMU: 4 ms), 48 MiB sent.",
    '',
  ])
})

test('zoneadm migrate hands over target, options and the environment that ssh needs', async () => {
  const { calls } = await migrate('-n -c none -t live ssh://root@beta:2222', reporting(pass))
  const [, params] = calls[0] ?? []
  const { environment, ...rest } = params as { environment: Record<string, string> }
  assert.deepEqual(rest, {
    zone: 'web1',
    target: 'ssh://root@beta:2222',
    type: 'live',
    dryRun: true,
    cipher: 'none',
    overwrite: false,
  })
  assert.equal(environment['PATH'], process.env['PATH'])
  const allowed = /^(SSH_AUTH_SOCK|HOME|USER|LOGNAME|PATH|KZ_SSH_CONFIG|KRB5CCNAME|LANG)$/
  assert.deepEqual(
    Object.keys(environment).filter((name) => !allowed.test(name)),
    [],
  )
})

test('zoneadm migrate -q is silent, but for warnings', async () => {
  assert.equal((await migrate('-q ssh://beta', reporting(pass))).err, '')
  const { out, err } = await migrate('-q ssh://beta', reporting(warned))
  assert.equal(out, '')
  assert.match(err, /^web1: live migration .+: 1 warning\n/)
  assert.doesNotMatch(err, /zoneadm:/)
})

test('zoneadm migrate draws and clears a progress bar on a terminal', async () => {
  const { err } = await migrate('ssh://beta', reporting(pass), { io: memoryIo({ tty: true }) })
  const [before = '', bar = '', ...after] = err.split('\r\u001b[K')
  assert.match(before, /Checking migration compatibility\.\n$/)
  assert.match(bar, /^\[#+-+\] {2}75%/)
  assert.equal(
    after.at(-1),
    "zoneadm: zone 'web1': Migrated in 0.82 s, guest paused 12 ms (network: 15 ms, QEMU: 4 ms), 48 MiB sent.\n",
  )
})

test('zoneadm migrate -n prints the report on stdout, once', async () => {
  const { exit, out } = await migrate('-n ssh://beta', reporting(pass, { ...summary, dryRun: true }))
  assert.equal(exit, Exit.ok)
  assert.equal(out, 'web1: live migration from alpha to beta can go ahead\n\n1 check passed\n')
})

for (const withProgress of [true, false]) {
  test(`zoneadm migrate shows why it is refused, once (report ${withProgress ? '' : 'not '}sent before)`, async () => {
    const { exit, out, err } = await migrate('ssh://beta', refusing(withProgress))
    assert.deepEqual({ exit, out }, { exit: Exit.refused, out: '' })
    assert.equal(err.match(/REFUSED network\/lower-link/g)?.length, 1)
    assert.match(err, /\nzoneadm: zone 'web1': The migration is refused\n$/)
  })
}

test('zoneadm migrate --json prints one document: the summary, or the report of a refusal', async () => {
  const done = await migrate('--json ssh://beta', reporting(warned))
  assert.deepEqual(JSON.parse(done.out), { ...summary, report: warned })
  assert.equal(done.err, '')
  const { exit, out, err } = await migrate('--json ssh://beta', refusing(true))
  assert.deepEqual({ exit, err }, { exit: Exit.refused, err: '' })
  assert.deepEqual(JSON.parse(out), refused)
})

test('zoneadm migrate -c list prints ciphers, one a line', async () => {
  const answers: Answers = { 'zone/ciphers': () => ({ ciphers: ['a', 'b'] }) }
  assert.equal((await migrate('-c list ssh://beta', answers)).out, 'a\nb\n')
})

test('zoneadm migrate --recover prints what was done', async () => {
  const answers: Answers = { 'zone/recover': () => ({ lines: ['Nothing to recover.'] }) }
  const { exit, err } = await migrate('--recover', answers)
  assert.deepEqual({ exit, err }, { exit: Exit.ok, err: "zoneadm: zone 'web1': Nothing to recover.\n" })
})

test('zoneadm migrate waits for the end of a cancel and says what is intact', async () => {
  const controller = new AbortController()
  const answers: Answers = {
    'zone/migrate'(_params, _progress, signal) {
      return new Promise((_, reject) => {
        const cancelled = new ZoneError('Cancelled', { code: 'CANCELLED' })
        signal?.addEventListener('abort', () => reject(cancelled), { once: true })
        controller.abort()
      })
    },
    'zone/list': () => ({
      zones: [
        {
          id: 1,
          name: 'web1',
          uuid: 'u1',
          brand: 'solaris-kz',
          ipType: 'excl',
          state: 'running',
          auxiliary: [],
        },
      ],
    }),
  }
  const { exit, err } = await migrate('ssh://beta', answers, { signal: controller.signal })
  assert.equal(exit, Exit.interrupted)
  assert.deepEqual(err.split('\n'), [
    "zoneadm: zone 'web1': Cancelling. Ctrl-C again stops waiting for it.",
    "zoneadm: zone 'web1': Migration cancelled. The zone is running on this host.",
    '',
  ])
})

test('zoneadm migrate that is cancelled in another terminal says what is intact', async () => {
  const answers: Answers = {
    'zone/migrate': () => Promise.reject(new ZoneError('Cancelled', { code: 'CANCELLED' })),
    'zone/list': () => ({ zones: [] }),
  }
  const { exit, err } = await migrate('ssh://beta', answers)
  assert.equal(exit, Exit.interrupted)
  assert.equal(err, "zoneadm: zone 'web1': Migration cancelled. The zone is not on this host.\n")
})

test('zoneadm migrate says that a cancel came too late', async () => {
  const controller = new AbortController()
  const answers: Answers = {
    'zone/migrate'() {
      controller.abort()
      return summary
    },
  }
  const { exit, err } = await migrate('ssh://beta', answers, { signal: controller.signal })
  assert.equal(exit, Exit.ok)
  assert.match(err, /It was too late to cancel: the zone is on the target host\.\n$/)
})

test('zoneadm migrate takes no limits for a guest that is said not to run', async () => {
  for (const option of ['--max-pause 2s', '--bandwidth 100M', '--postcopy']) {
    for (const type of ['cold', 'warm']) {
      const { exit, err, calls } = await migrate(`${option} -t ${type} ssh://beta`, reporting(pass))
      assert.deepEqual([exit, calls], [Exit.usage, []])
      assert.match(err, new RegExp(`${option.split(' ')[0]} is for a guest that runs`))
    }
    assert.equal((await migrate(`${option} -t live ssh://beta`, reporting(pass))).exit, Exit.ok)
  }
})
