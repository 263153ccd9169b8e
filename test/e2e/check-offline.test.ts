import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Report } from '../../src/compat/schema.ts'
import { HostFacts, isKnown } from '../../src/facts/schema.ts'
import { createLab } from '../hosts/lab.ts'
import { succeed, zoneState } from './guest-zone.ts'

interface Checked {
  readonly hosts: readonly { readonly name: string; readonly unreachable?: string }[]
  readonly zones: readonly {
    readonly name: string
    readonly hosts: readonly { readonly can: string; readonly reason?: { readonly rule: string | null } }[]
  }[]
}

suite('checks before a migration, of zones that run or not, to hosts that are there or not', () => {
  let lab: Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  const path = (name: string) => join(lab.folder, name)
  const beta = () => `ssh://${lab.hosts.beta.address}`

  before(async () => {
    lab = await createLab({ hosts: ['alpha', 'beta'] })
    const { alpha } = lab.hosts
    const shared = await Promise.all(
      ['run1', 'down1'].map(async (name) => {
        const { suri } = await lab.storage.createLun({ name, sizeBytes: 16 * 2 ** 20 })
        return [name, suri] as const
      }),
    )
    for (const [name, storage] of [...shared, ['local1', 'file:///disks/local1'] as const]) {
      const commands = [
        'create -b; set brand=solaris-kz; add anet; set lower-link=net0; end',
        `add device; set storage=${storage}; set bootpri=0; set create-size=16m; end`,
        'add capped-memory; set physical=64M; end; commit',
      ]
      await succeed(alpha, 'zonecfg', '-z', name, commands.join('; '))
      await succeed(alpha, 'zoneadm', '-z', name, 'install')
    }
    await succeed(alpha, 'zoneadm', '-z', 'run1', 'boot')
    for (const [file, ...host] of [['alpha.json'], ['beta.json', beta()]] as const) {
      await writeFile(path(file), await succeed(alpha, 'zoneadm', 'facts', '--json', ...host))
    }
    await writeFile(path('down1.cfg'), await succeed(alpha, 'zonecfg', '-z', 'down1', 'export'))
  })

  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  /** Runs zoneadm on alpha. */
  const zoneadm = (...words: readonly string[]) =>
    lab.hosts.alpha.run(['zoneadm', ...words], { timeoutMs: 60_000 })

  test('the facts of another host are its own, with the storage of a zone opened from there', async () => {
    const { alpha } = lab.hosts
    const text = await succeed(alpha, 'zoneadm', '-z', 'down1', 'facts', '--json', beta())
    const facts = HostFacts.parse(JSON.parse(text))
    assert.equal(facts.host.name, 'beta')
    assert.ok(isKnown(facts.storage))
    const [probe, ...others] = facts.storage.known
    assert.ok(probe !== undefined && 'opened' in probe && others.length === 0, JSON.stringify(facts.storage))
    assert.match(await succeed(alpha, 'zoneadm', 'facts', `facts:${path('beta.json')}`), /^host +beta \(/)
  })

  test('a zone that does not run is judged for a cold migration, and nothing is changed', async () => {
    const { alpha } = lab.hosts
    const shown = await zoneadm('-z', 'down1', 'migrate', '-n', beta())
    assert.equal(shown.code, 0, shown.stderr)
    assert.match(shown.stdout, /^down1: cold migration from alpha to beta can go ahead/)
    assert.match(shown.stderr, /Dry-run migration successful/)
    const refused = await zoneadm('-z', 'local1', 'migrate', '-n', '--json', beta())
    assert.equal(refused.code, 3)
    const report = JSON.parse(refused.stdout) as Report
    assert.equal(report.kind, 'cold')
    assert.deepEqual(
      report.findings.map(({ rule, verdict }) => [rule, verdict]),
      [['storage/local', 'refuse']],
    )
    assert.equal(await zoneState(alpha, 'down1'), 'installed')
    assert.equal(await zoneState(lab.hosts.beta, 'down1'), undefined)
  })

  test('saved facts stand for a host; what they do not tell refuses unless it is accepted', async () => {
    const file = `facts:${path('beta.json')}`
    for (const [zone, kind] of [
      ['run1', 'live'],
      ['down1', 'cold'],
    ] as const) {
      const untold = await zoneadm('-z', zone, 'migrate', '-n', file)
      assert.equal(untold.code, 3, untold.stderr)
      assert.match(untold.stdout, /UNKNOWN target\.storage\n[^]*beta# zoneadm facts --json --storage iscsi:/)
      assert.match(untold.stderr, /facts of beta as saved at .* \(less than an hour ago\)/)
      assert.match(untold.stderr, /--accept-unknown/)
      const accepted = await zoneadm('-z', zone, 'migrate', '-n', '--accept-unknown', file)
      assert.equal(accepted.code, 0, accepted.stdout)
      assert.match(
        accepted.stdout,
        new RegExp(`^${zone}: ${kind} migration from alpha to beta can go ahead: 1 thing not judged`),
      )
      assert.match(accepted.stdout, /NOT JUDGED target\.storage/)
    }
    const moved = await zoneadm('-z', 'down1', 'migrate', file)
    assert.equal(moved.code, 2)
    assert.match(moved.stderr, /facts:FILE is no host to move to: it goes with -n/)
  })

  test('a cipher that a host does not have is a finding of the report, also of a migration that was to begin', async () => {
    const file = `facts:${path('beta.json')}`
    for (const words of [['-n', '--accept-unknown', file], ['-n', beta()], [beta()]]) {
      const refused = await zoneadm('-z', 'run1', 'migrate', '-c', 'rot13', ...words)
      assert.equal(refused.code, 3, refused.stderr)
      assert.match(
        refused.stdout + refused.stderr,
        /rot13, asked for with -c, is\s+not supported by alpha and beta/,
      )
    }
    assert.equal(await zoneState(lab.hosts.alpha, 'run1'), 'running')
  })

  test('a configuration in a file is judged from one saved host to another, without zonesd', async () => {
    const root = path('nowhere')
    const judge = (...words: readonly string[]) =>
      lab.hosts.alpha.run(
        [
          'env',
          `KZ_ROOT=${root}`,
          'zoneadm',
          'check',
          '-f',
          path('down1.cfg'),
          ...words,
          `facts:${path('beta.json')}`,
        ],
        { timeoutMs: 60_000 },
      )
    const source = ['--source', `facts:${path('alpha.json')}`]
    const untold = await judge(...source)
    assert.equal(untold.code, 3, untold.stderr)
    const accepted = await judge(...source, '--accept-unknown')
    assert.equal(accepted.code, 0, accepted.stdout)
    assert.match(accepted.stdout, /^down1: cold migration from alpha to beta can go ahead/)
    assert.equal(existsSync(root), false)
  })

  test('migrate -n takes a configuration from a file too, to saved facts and to a host that is asked', async () => {
    const file = ['-z', 'down1', 'migrate', '-n', '-f', path('down1.cfg')]
    const saved = await zoneadm(
      ...file,
      ...['--source', `facts:${path('alpha.json')}`],
      '--accept-unknown',
      `facts:${path('beta.json')}`,
    )
    assert.equal(saved.code, 0, saved.stdout + saved.stderr)
    assert.match(saved.stdout, /^down1: cold migration from alpha to beta can go ahead/)
    const asked = await zoneadm(...file, '--json', beta())
    assert.equal(asked.code, 0, asked.stdout + asked.stderr)
    assert.equal(Report.parse(JSON.parse(asked.stdout)).verdict, 'pass')
    const { code, stderr } = await zoneadm('-z', 'down1', 'migrate', '-f', path('down1.cfg'), beta())
    assert.equal(code, 2)
    assert.match(stderr, /it goes with -n/)
  })

  test('the matrix says for each zone and host how it can move, and why not; a host that is away is a column', async () => {
    const away = 'ssh://10.77.0.199'
    const hosts = ['--hosts', `${beta()},${away}`, `facts:${path('beta.json')}`, '--accept-unknown']
    const { code, stdout, stderr } = await zoneadm('check', '--all-zones', '--json', ...hosts)
    assert.equal(code, 3, stderr)
    const { hosts: columns, zones } = JSON.parse(stdout) as Checked
    assert.deepEqual(
      columns.map(({ name, unreachable }) => [name, unreachable === undefined]),
      [
        ['beta', true],
        ['10.77.0.199', false],
        ['beta', true],
      ],
    )
    const cells = zones.map(({ name, hosts: all }) => [name, ...all.map(({ can }) => can)])
    assert.deepEqual(cells, [
      ['down1', 'cold', 'unknown', 'cold'],
      ['local1', 'no', 'unknown', 'no'],
      ['run1', 'live', 'unknown', 'live'],
    ])
    assert.equal(zones[1]?.hosts[0]?.reason?.rule, 'storage/local')
    const shown = await zoneadm('check', '-z', 'run1', '-z', 'local1', beta(), '--why')
    assert.equal(shown.code, 3)
    assert.match(
      shown.stdout,
      /^ZONE +STATE +beta\nrun1 +running +live\nlocal1 +installed +no \[1\]\n\n\[1\] storage\/local: /,
    )
    assert.match(shown.stdout, /\nREFUSED storage\/local\n/)
  })
})
