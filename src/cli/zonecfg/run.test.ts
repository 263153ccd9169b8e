import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryStore } from '../../../test/fixtures/zonecfg/memory-store.ts'
import { storeWithZone, zonecfg } from '../../../test/fixtures/zonecfg/zonecfg-rig.ts'

test('zonecfg create as one argument saves a zone from the default template', async () => {
  const store = new MemoryStore()
  const { exit, stdout, stderr } = await zonecfg(store, ['-z', 'web1', 'create; set bootargs="-m verbose"'])
  assert.deepEqual(
    { exit, stdout, stderr },
    { exit: 0, stdout: "create: Using system default template 'SYSdefault'\n", stderr: '' },
  )
  assert.match(store.texts.get('web1') ?? '', /^create -b\nset brand=solaris-kz\nset bootargs="-m verbose"\n/)
})

test('zonecfg warns of a key among its arguments, where others can read it, and not of one that comes otherwise', async () => {
  const script = 'add keysource; set passphrase="some long words"; end'
  const shown = await zonecfg(await storeWithZone(), ['-z', 'web1', script])
  assert.match(shown.stderr, /as an argument(?!.*some long words)/s)
  const store = await storeWithZone()
  assert.equal((await zonecfg(store, ['-z', 'web1', '-f', '-'], { input: script })).stderr, '')
  assert.equal((await zonecfg(store, ['-z', 'web1', 'set autoboot=true'])).stderr, '')
})

test('zonecfg takes "=" as a word of its own, and a value whose quotes the shell took off', async () => {
  const store = await storeWithZone()
  assert.equal((await zonecfg(store, ['-z', 'web1', 'set', 'autoboot', '=', 'true'])).exit, 0)
  assert.equal((await zonecfg(store, ['-z', 'web1', 'set', 'bootargs=console=ttyS0 quiet'])).exit, 0)
  assert.match(store.texts.get('web1') ?? '', /set autoboot=true\nset bootargs="console=ttyS0 quiet"\n/)
})

test('zonecfg takes semicolons within several arguments', async () => {
  const store = await storeWithZone()
  const { exit } = await zonecfg(store, ['-z', 'web1', 'select', 'virtual-cpu;', 'set', 'ncpus=8;', 'end'])
  assert.equal(exit, 0)
  assert.match(store.texts.get('web1') ?? '', /add virtual-cpu\nset ncpus=8\nend/)
})

test('zonecfg reads -f -, standard input and a file with CRLF alike', async () => {
  const script = 'select capped-memory\r\nset physical=8g\r\nend\r\n'
  const folder = await mkdtemp(join(tmpdir(), 'zonecfg-'))
  try {
    const file = join(folder, 'commands')
    await writeFile(file, script)
    for (const [argv, input] of [
      [['-f', '-'], script],
      [[], script],
      [['-f', file], ''],
    ] as const) {
      const store = await storeWithZone()
      assert.equal((await zonecfg(store, ['-z', 'web1', ...argv], { input })).exit, 0)
      assert.match(store.texts.get('web1') ?? '', /set physical=8G\n/)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('zonecfg with a failing script changes nothing, even behind a commit or delete', async () => {
  for (const destructive of ['set autoboot=true; commit', 'delete -F; create', 'create -F -b']) {
    const store = await storeWithZone()
    const before = store.texts.get('web1')
    const { exit, stderr } = await zonecfg(store, ['-z', 'web1', `${destructive}; set autobot=true`])
    assert.equal(exit, 1)
    assert.match(
      stderr,
      /^On line 1:\n.*\n +\^ column \d+\n"autobot" is not a property of the zone\nDid you mean "autoboot"\?\n$/,
    )
    assert.equal(store.texts.get('web1'), before)
    assert.deepEqual(store.log, ['save web1'])
  }
})

test('zonecfg says line, column, value and what was expected', async () => {
  const store = await storeWithZone()
  const input = 'create -F -b\nset brand=solaris-kz\nset host-compatible=memlzz\n'
  const { exit, stderr } = await zonecfg(store, ['-z', 'web1', '-f', '-'], { input })
  assert.equal(exit, 1)
  assert.equal(
    stderr,
    [
      'On line 3:',
      'set host-compatible=memlzz',
      '                    ^ column 21',
      'memlzz: Invalid argument',
      'host-compatible takes one of level1, level2, native, adi, memlzr; did you mean "memlzr"?',
      '',
    ].join('\n'),
  )
})

test('zonecfg ends with 2 for what is no zonecfg language, and with 1 for what cannot be done', async () => {
  const store = await storeWithZone()
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['-x'], 2, /unknown option "-x"\nusage: zonecfg/],
    [['-r'], 2, /-r needs -z/],
    [['-z', 'web1', 'sett autoboot=true'], 2, /Unknown command "sett"\nDid you mean "set"\?/],
    [['-z', 'web1', 'set autoboot'], 2, /set: expected property-name=value\nUsage: set property-name=value/],
    [['-z', 'web1', 'set bootargs="x'], 2, /The closing quote is missing/],
    [['-z', 'web1', 'end'], 1, /no resource is open/],
    [['-z', '-bad', 'info'], 1, /-bad: Invalid argument/],
    [
      ['-z', 'no1', 'info'],
      1,
      /^no1: No such zone configured\nUse 'create' to begin configuring a new zone\.\n$/,
    ],
    [['-z', 'web1', '-r', 'info'], 1, /"web1" is not running/],
    [['-z', 'web1', '-f', '/nonexistent/file'], 1, /Cannot read "\/nonexistent\/file": no such file/],
  ]
  for (const [argv, exit, message] of cases) {
    const outcome = await zonecfg(store, argv)
    assert.equal(outcome.exit, exit, argv.join(' '))
    assert.match(outcome.stderr, message)
  }
})

test('zonecfg refuses what destroys without -F when nobody can be asked', async () => {
  const store = await storeWithZone()
  const { exit, stderr } = await zonecfg(store, ['-z', 'web1', 'delete'])
  assert.equal(exit, 1)
  assert.match(stderr, /needs -F: Are you sure you want to delete zone web1\?\nUse "delete -F"/)
  assert.equal((await zonecfg(store, ['-z', 'web1', 'delete -F'])).exit, 0)
  assert.equal(store.texts.size, 0)
})

test('zonecfg asks on a terminal, and no is the default', async () => {
  const store = await storeWithZone()
  const argv = ['-z', 'web1', 'delete']
  const no = await zonecfg(store, argv, { input: '\n', isTty: true })
  assert.match(no.stdout, /Are you sure you want to delete zone web1 \(y\/\[n\]\)\? /)
  assert.equal(store.texts.size, 1)
  await zonecfg(store, argv, { input: 'y\n', isTty: true })
  assert.equal(store.texts.size, 0)
})

test('zonecfg does not save over what somebody else has saved meanwhile', async () => {
  const store = await storeWithZone()
  const save = store.save.bind(store)
  store.save = async (zone, text, options) => {
    store.texts.set('web1', `${store.texts.get('web1')}# somebody else\n`)
    return await save(zone, text, options)
  }
  const { exit, stderr } = await zonecfg(store, ['-z', 'web1', 'set autoboot=true'])
  assert.equal(exit, 1)
  assert.match(stderr, /changed meanwhile/)
})

test('zonecfg -r changes the running zone, and only what can change there', async () => {
  const store = await storeWithZone()
  store.running.set('web1', store.texts.get('web1') ?? '')
  const done = await zonecfg(store, ['-z', 'web1', '-r', 'select anet; set lower-link=br7; end'])
  assert.deepEqual({ exit: done.exit, stdout: done.stdout }, { exit: 0, stdout: 'Applying the changes\n' })
  assert.match(store.running.get('web1') ?? '', /lower-link=br7/)
  assert.match(store.texts.get('web1') ?? '', /lower-link=auto/)
  for (const [command, message] of [
    ['set cpu-arch=migration-class1', /cpu-arch cannot be changed on a running zone/],
    ['select virtual-cpu; set ncpus=2', /ncpus cannot be changed on a running zone/],
    ['select capped-memory; set physical=2G', /physical cannot be changed on a running zone/],
    ['add anet', /An anet resource cannot be changed on a running zone/],
    ['remove device 0', /A device resource cannot be changed on a running zone/],
  ] as const) {
    assert.match((await zonecfg(store, ['-z', 'web1', '-r', command])).stderr, message)
  }
})

test('zonecfg without a zone exports a scratch configuration and saves nothing', async () => {
  const store = new MemoryStore()
  const folder = await mkdtemp(join(tmpdir(), 'zonecfg-'))
  try {
    const file = join(folder, 'out.cfg')
    const { exit } = await zonecfg(store, [`create -t SYSsolaris-kz-minimal; export -f ${file}`])
    assert.equal(exit, 0)
    assert.match(await readFile(file, 'utf8'), /^create -b\n[^]*set physical=2G\n/)
    assert.equal(store.texts.size, 0)
    assert.match((await zonecfg(store, ['create; commit'])).stderr, /no zone to save to/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('zonecfg takes a whole export as one argument with semicolons for newlines', async () => {
  const store = await storeWithZone()
  const text = store.texts.get('web1') ?? ''
  const { exit } = await zonecfg(store, ['-z', 'web2', text.trimEnd().replaceAll('\n', '; ')])
  assert.equal(exit, 0)
  assert.equal(store.texts.get('web2'), text)
})

test('zonecfg create -t takes a template of the site or another zone, with an identity of its own', async () => {
  const store = await storeWithZone()
  store.templates.set(
    'SYSdefault',
    'create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=1G\nend\nadd device\nset storage=dev:sda\nset bootpri=0\nend\n',
  )
  await zonecfg(store, ['-z', 'web2', 'create'])
  assert.match(store.texts.get('web2') ?? '', /set physical=1G/)
  await zonecfg(store, ['-z', 'web3', 'create -t web1'])
  const identity = (zone: string) =>
    /hostid=.*|auto-mac-address=.*/g[Symbol.match](store.texts.get(zone) ?? '')
  assert.equal(identity('web3')?.length, 2)
  assert.notDeepEqual(identity('web3'), identity('web1'))
})

test('zonecfg help lists what is acted on and what is only stored', async () => {
  const { stdout } = await zonecfg(new MemoryStore(), ['help'])
  assert.match(stdout, /^create \[-F\]/)
  assert.match(stdout, /acts on:\n[^]*global: .*hostid[^]*stores but does not act on[^]*global: pool/)
  assert.match(
    (await zonecfg(new MemoryStore(), ['help', 'set'])).stdout,
    /^usage: set property-name=value\n/,
  )
  assert.match(
    (await zonecfg(new MemoryStore(), ['help', 'anet:vlan'])).stdout,
    /vlan-id: Id of the VLAN \[stored only\]/,
  )
})

test('zonecfg help of a property says what acts on a running zone: only the bridge of a NIC', async () => {
  const help = async (topic: string) => (await zonecfg(new MemoryStore(), ['help', topic])).stdout
  for (const topic of ['anet:lower-link', 'net:physical'])
    assert.match(await help(topic), /\n {4}acts on a running zone: yes\n/)
  for (const topic of [
    'capped-memory:physical',
    'virtual-cpu:ncpus',
    'anet:mtu',
    'device:storage',
    'bootargs',
  ]) {
    const text = await help(topic)
    assert.match(text, /\n {4}takes effect at the next boot\n/, topic)
    assert.doesNotMatch(text, /acts on a running zone/, topic)
  }
  assert.doesNotMatch(await help('pool'), /acts on a running zone|takes effect/)
})

test('zonecfg -h and --help tell how it is used', async () => {
  for (const option of ['-h', '--help']) {
    const { exit, stdout, stderr } = await zonecfg(new MemoryStore(), [option])
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' })
    assert.match(stdout, /^usage: zonecfg [^]*\ncreate \[-F\]/)
  }
})

test('zonecfg help refuses an unknown subcommand as wrong usage, without a place', async () => {
  const { exit, stderr } = await zonecfg(new MemoryStore(), ['help', 'comit'])
  assert.equal(exit, 2)
  assert.equal(
    stderr,
    'help: unknown subcommand, resource type or property "comit"\nDid you mean "commit"?\n',
  )
  assert.equal((await zonecfg(new MemoryStore(), ['help', 'nonsense'])).exit, 2)
})

test('zonecfg export refuses a folder that does not exist, and saves nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zonecfg-'))
  try {
    const missing = join(folder, 'none')
    const store = new MemoryStore()
    const { exit, stderr } = await zonecfg(store, ['-z', 'web1', `create; export -f ${missing}/exp`])
    assert.equal(exit, 1)
    assert.ok(stderr.includes(`cannot write "${missing}/exp": there is no folder "${missing}"`), stderr)
    assert.equal(store.texts.size, 0)
    assert.deepEqual(await readdir(folder), [])
  } finally {
    await rm(folder, { recursive: true })
  }
})
