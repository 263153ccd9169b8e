import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import type { ZoneListEntry } from '../agent/api.ts'
import { Exit, ZoneError } from '../errors.ts'
import { memoryIo } from './memory-io.ts'
import { type Answers, recordingAgent } from './recording-agent.ts'
import { runZoneadm } from './zoneadm.ts'

async function zoneadm(argv: readonly string[], answers: Answers = {}, io = memoryIo()) {
  const { connect, calls } = recordingAgent(answers)
  const exit = await runZoneadm(argv, io, new AbortController().signal, connect)
  return { exit, out: io.out(), err: io.err(), calls }
}

const kinds = { brand: 'solaris-kz', ipType: 'excl', auxiliary: [] }
const zones: readonly ZoneListEntry[] = [
  { ...kinds, id: null, name: 'spare', uuid: null, state: 'configured' },
  { ...kinds, id: null, name: 'db1', uuid: 'cccccccc-0000-4000-8000-000000000000', state: 'installed' },
  { ...kinds, id: 3, name: 'web1', uuid: 'aaaaaaaa-0000-4000-8000-000000000000', state: 'running' },
]
const plainBoot = { zone: 'web1', bootargs: null, discard: false, medium: null }

const listing: Answers = { 'zone/list': () => ({ zones: [...zones] }) }

for (const [options, names] of [
  ['', 'global web1'],
  ['-n', 'web1'],
  ['-i', 'global web1 db1'],
  ['-c', 'global web1 db1 spare'],
  ['-cin', 'web1 db1 spare'],
] as const) {
  test(`zoneadm list ${options} names ${names}`, async () => {
    const { exit, out } = await zoneadm(['list', ...options.split(' ').filter(Boolean)], listing)
    assert.equal(exit, Exit.ok)
    assert.equal(out, `${names.replaceAll(' ', '\n')}\n`)
  })
}

test('zoneadm -z NAME list shows that zone alone, whatever its state', async () => {
  const { out } = await zoneadm(['-z', 'spare', 'list', '-v'], listing)
  assert.match(out, /^ {2}ID [^\n]+\n {3}- spare +configured [^\n]+\n$/)
})

test('zoneadm -z NAME list says that there is no such zone', async () => {
  const { exit, out, err } = await zoneadm(['-z', 'nil', 'list'], listing)
  assert.equal(exit, Exit.failed)
  assert.equal(out, '')
  assert.match(err, /^zoneadm: zone 'nil': No such zone configured\n {2}remedy: zoneadm list -cv /)
})

test('zoneadm list --json is an array of zones', async () => {
  const { out } = await zoneadm(['list', '-cn', '--json'], listing)
  assert.deepEqual(
    (JSON.parse(out) as ZoneListEntry[]).map(({ name }) => name),
    ['web1', 'db1', 'spare'],
  )
})

test('zoneadm list takes one format', async () => {
  const { exit, err } = await zoneadm(['list', '-vp'], listing)
  assert.equal(exit, Exit.usage)
  assert.match(err, /only one can be given\nusage: zoneadm list /)
})

test('zoneadm -u UUID finds the zone by the beginning of its uuid', async () => {
  const answers = { ...listing, 'zone/halt': () => ({}) }
  const { exit, calls } = await zoneadm(['-u', 'AAAA', 'halt'], answers)
  assert.equal(exit, Exit.ok)
  assert.deepEqual(calls.at(-1), ['zone/halt', { zone: 'web1', discard: false }])
  const fallback = await zoneadm(['-u', 'ffff', '-z', 'db1', 'halt'], answers)
  assert.deepEqual(fallback.calls.at(-1), ['zone/halt', { zone: 'db1', discard: false }])
  assert.equal((await zoneadm(['-u', 'ffff', 'halt'], answers)).exit, Exit.failed)
})

for (const [argv, name, params] of [
  ['-z web1 boot -- -s -v', 'zone/boot', { ...plainBoot, bootargs: '-s -v' }],
  ['-zweb1 boot', 'zone/boot', plainBoot],
  ['-z web1 boot -b /iso/rescue.iso', 'zone/boot', { ...plainBoot, medium: 'file:///iso/rescue.iso' }],
  [
    '-z web1 boot -b nfs://0:0@filer/iso/x.iso',
    'zone/boot',
    { ...plainBoot, medium: 'nfs://0:0@filer/iso/x.iso' },
  ],
  ['-z web1 reboot', 'zone/reboot', { zone: 'web1', bootargs: null }],
  ['-z web1 shutdown', 'zone/shutdown', { zone: 'web1', reboot: false, bootargs: null }],
  ['-z web1 shutdown -r -- quiet', 'zone/shutdown', { zone: 'web1', reboot: true, bootargs: 'quiet' }],
  ['-z web1 uninstall -F', 'zone/uninstall', { zone: 'web1' }],
  ['-z web1 detach', 'zone/detach', { zone: 'web1', force: false }],
  ['-z web1 rekey', 'zone/rekey', { zone: 'web1' }],
  [
    '-z web1 attach',
    'zone/attach',
    { zone: 'web1', force: false, takeover: false, initialize: false, discard: false },
  ],
  [
    '-z web1 attach -F',
    'zone/attach',
    { zone: 'web1', force: true, takeover: false, initialize: false, discard: false },
  ],
  [
    '-z web1 attach -x force-takeover',
    'zone/attach',
    { zone: 'web1', force: false, takeover: true, initialize: false, discard: false },
  ],
  [
    '-z web1 attach --discard',
    'zone/attach',
    { zone: 'web1', force: false, takeover: false, initialize: false, discard: true },
  ],
  ['-z web1 rename web2', 'zone/rename', { zone: 'web1', newName: 'web2' }],
  ['-z web1 mark incomplete', 'zone/mark', { zone: 'web1', state: 'incomplete' }],
] as const) {
  test(`zoneadm ${argv} asks for ${name} and is silent`, async () => {
    const { exit, out, err, calls } = await zoneadm(argv.split(' '), { [name]: () => ({}) })
    assert.deepEqual({ exit, out, err }, { exit: Exit.ok, out: '', err: '' })
    assert.deepEqual(calls, [[name, params]])
  })
}

for (const [argv, message] of [
  ['', 'a subcommand is missing'],
  ['-z', 'option -z needs a value'],
  ['-k list', 'unknown option "-k"'],
  ['-z web1 bot', 'unknown subcommand "bot"; did you mean "boot"?'],
  ['boot', 'boot needs a zone: zoneadm -z zone boot'],
  ['-z web1 boot --bootargs', 'unknown option "--bootargs"'],
  ['-z web1 halt now', 'unexpected argument "now"'],
  ['-z web1 rename', 'newname is missing'],
  ['-z web1 mark incomplet', 'unknown state "incomplet"; did you mean "incomplete"?'],
  ['-z web1 shutdown -- -s', 'boot arguments need -r'],
  ['-z web1 install -x imag=a.raw', 'unknown option -x "imag"; did you mean "image"?'],
  ['-z web1 install -x kernel', '-x kernel needs a value: -x kernel=VALUE'],
  ['-z web1 install -x initrd=a', '-x initrd needs -x kernel'],
  ['-z web1 install -x image=a.raw -x format=qcow', 'unknown image format "qcow"; did you mean "qcow2"?'],
  ['-z web1 migrate', 'target is missing'],
  ['-z web1 migrate -t hot ssh://beta', 'unknown type "hot"'],
  ['-z web1 migrate --recover ssh://beta', '--recover takes no target: the journal names it'],
] as const) {
  test(`zoneadm ${argv} is a mistake: ${message}`, async () => {
    const { exit, out, err } = await zoneadm(argv.split(' ').filter(Boolean))
    assert.deepEqual({ exit, out }, { exit: Exit.usage, out: '' })
    const [line, usage] = err.split('\n')
    assert.equal(line, `zoneadm: ${message}`)
    assert.match(usage ?? '', /^usage: zoneadm /)
  })
}

test('zoneadm install hands absolute paths on and tells the format by the name', async () => {
  const extended = ['-x', 'image=disk.QCOW2', '-x', 'kernel=/boot/vmlinuz', '-x', 'initrd=rd']
  const { out, calls } = await zoneadm(['-z', 'web1', 'install', ...extended], {
    'zone/install': () => ({ seconds: 1.2341 }),
  })
  const image = { path: resolve('disk.QCOW2'), format: 'qcow2' }
  assert.deepEqual(calls, [
    [
      'zone/install',
      {
        zone: 'web1',
        image,
        kernel: '/boot/vmlinuz',
        initrd: resolve('rd'),
        medium: null,
        initialize: false,
      },
    ],
  ])
  assert.equal(out, 'Done: Installation completed in 1.234 seconds.\n')
})

test('A storage URI that is none is a mistake in the command line, and zonesd is not asked', async () => {
  for (const argv of [
    ['move', '-p', 'file:disk'],
    ['migrate', '--with-storage', 'file:disk', 'ssh://beta'],
  ]) {
    const { exit, out, err, calls } = await zoneadm(['-z', 'web1', ...argv])
    assert.deepEqual({ exit, out, calls }, { exit: Exit.usage, out: '', calls: [] })
    assert.match(err, /Cannot read the storage URI "file:disk": expected .* at column \d+/)
  }
})

test('zoneadm install wants to be told the format of an image that it cannot know', async () => {
  const { exit, err } = await zoneadm(['-z', 'web1', 'install', '-x', 'image=disk'])
  assert.equal(exit, Exit.usage)
  assert.match(err, /cannot be told from its name: add -x format=raw or -x format=qcow2\n/)
})

test('zoneadm verify shows every problem with its remedy', async () => {
  const problems = [
    { message: 'the bridge "br7" is not there', remedy: 'ip link add br7 type bridge' },
    { message: 'the zone has no boot device', remedy: null },
  ]
  const { exit, err } = await zoneadm(['-z', 'web1', 'verify'], { 'zone/verify': () => ({ problems }) })
  assert.equal(exit, Exit.failed)
  assert.deepEqual(err.split('\n'), [
    'zoneadm: zone \'web1\': the bridge "br7" is not there',
    '  remedy: ip link add br7 type bridge',
    "zoneadm: zone 'web1': the zone has no boot device",
    'zoneadm: zone web1 failed to verify',
    '',
  ])
})

test('zoneadm uninstall asks on a terminal and does nothing without a yes', async () => {
  const io = memoryIo({ tty: true })
  io.stdin.write('n\n')
  const { exit, err, calls } = await zoneadm(['-z', 'web1', 'uninstall'], {}, io)
  assert.equal(exit, Exit.failed)
  assert.match(
    err,
    /^Are you sure you want to uninstall zone web1 \(y\/\[n\]\)\? zoneadm: zone 'web1': uninstall is c/,
  )
  assert.deepEqual(calls, [])
})

test('zoneadm prints an error as JSON on stderr if it was asked for JSON', async () => {
  const { exit, out, err } = await zoneadm(['list', '--json'], {
    'zone/list': () => {
      throw new ZoneError('Cannot reach zonesd', { code: 'NOT_PERMITTED' })
    },
  })
  assert.deepEqual({ exit, out }, { exit: Exit.failed, out: '' })
  assert.deepEqual(JSON.parse(err), {
    error: { code: 'NOT_PERMITTED', message: 'Cannot reach zonesd', exit: 1 },
  })
})

test('zoneadm clone names the zone that is copied, and says how long it took', async () => {
  const answers = { 'zone/clone': () => ({ seconds: 2 }) }
  const { exit, out, calls } = await zoneadm(
    ['-z', 'web1', 'clone', '-x', 'initialize-hostdata', 'web0'],
    answers,
  )
  assert.deepEqual([exit, out], [Exit.ok, 'Done: Cloned in 2.000 seconds.\n'])
  assert.deepEqual(calls, [['zone/clone', { zone: 'web1', source: 'web0', initialize: true }]])
})

test('zoneadm help names every subcommand and asks zonesd nothing', async () => {
  const { exit, out, calls } = await zoneadm(['--help'])
  assert.equal(exit, Exit.ok)
  const names =
    'list verify install clone boot shutdown halt reboot suspend move migrate migrations check detach attach rekey uninstall rename mark facts help'
  assert.deepEqual(
    [...out.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name),
    names.split(' '),
  )
  assert.deepEqual(calls, [])
})

test('zoneadm help SUBCOMMAND and SUBCOMMAND --help say the same', async () => {
  const { out } = await zoneadm(['help', 'boot'])
  assert.equal(
    out,
    [
      'usage: zoneadm -z zone boot [--discard] [-b medium] [-- bootargs]',
      '',
      'Boot the zone; a suspended one goes on where it was.',
      '',
      '  -b, --medium medium  boot once from this CD image, a file or a storage URI; a',
      '                       reset of the guest boots from its disks again',
      '      --discard        give a suspended guest up, and boot from the disk',
      '      --help           show this text',
      '',
    ].join('\n'),
  )
  assert.equal((await zoneadm(['boot', '--help'])).out, out)
})
