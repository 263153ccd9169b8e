import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, RecordingWorld, run } from '../../../test/fixtures/zonecfg/session-rig.ts'
import { printExport } from '../print-export.ts'
import { runScript } from './run-script.ts'
import { prompt, startSession } from './session.ts'

async function exported(script: string): Promise<string> {
  const { config } = await after(script)
  return config === undefined ? '' : printExport(config)
}

test('end gives a resource the lowest free id', async () => {
  const text = await exported(
    'create; add anet; set id=2; end; add anet; end; add device; set storage=dev:sdb; end',
  )
  assert.deepEqual(text.match(/^set id=\d+$/gm), ['set id=0', 'set id=1', 'set id=2', 'set id=0', 'set id=1'])
})

test('a MAC address is made up once, remembered, and dropped for an explicit one', async () => {
  const script = 'create -b; add anet; end'
  assert.match(await exported(script), /set auto-mac-address=2:8:20:1:2:3\n/)
  const again = await exported(`${script}; select anet; set mtu=9000; end`)
  assert.match(again, /set auto-mac-address=2:8:20:1:2:3\n/)
  const explicit = await exported(`${script}; select anet; set mac-address=00:01:02:03:04:0A; end`)
  assert.match(explicit, /set mac-address=0:1:2:3:4:a\n/)
  assert.doesNotMatch(explicit, /auto-mac-address/)
})

test('the templates have the sizes of Solaris and a valid boot disk', async () => {
  const full = await exported('create -t SYSsolaris-kz')
  assert.match(full, /^set hostid=0x[0-9a-f]{7,8}$/m)
  assert.match(
    full,
    /set physical=4G\nset pagesize-policy=largest-available\nend\nadd virtual-cpu\nset ncpus=4\n/,
  )
  assert.match(
    full,
    /set storage=file:\/\/\/var\/lib\/zones\/%\{zonename\}\/disk%\{id\}\nset id=0\nset bootpri=0\n/,
  )
  assert.match(await exported('create -t SYSsolaris-kz-minimal'), /set physical=2G\n[^]*set ncpus=1\n/)
  for (const name of ['SYSdefault', 'SYSsolaris-kz', 'SYSsolaris-kz-minimal']) await run(`create -t ${name}`)
})

test('cancel drops what was done to the open resource, end keeps it', async () => {
  assert.match(await exported('create; select virtual-cpu; set ncpus=9; cancel'), /ncpus=4/)
  assert.match(await exported('create; select virtual-cpu; set ncpus=9; end'), /ncpus=9/)
})

test('select and remove pick by property, by number, or the only one', async () => {
  const three = 'create; add anet; set lower-link=br1; end; add anet; set lower-link=br2; end;'
  assert.match(
    await exported(`${three} select anet lower-link=br2; set mtu=9000; end`),
    /br2\n[^]*mtu=9000\nset id=2/,
  )
  assert.doesNotMatch(await exported(`${three} remove anet 1`), /br1/)
  assert.doesNotMatch(await exported(`${three} remove anet id=2`), /br2/)
  assert.doesNotMatch(await exported(`${three} remove -F anet`), /add anet/)
  await assert.rejects(after(`${three} select anet`), { code: 'RESOURCE_AMBIGUOUS' })
  await assert.rejects(after(`${three} select anet id=7`), { code: 'RESOURCE_NOT_FOUND' })
  await assert.rejects(after(`${three} remove anet`), { code: 'NEEDS_FORCE' })
})

test('add and remove change lists', async () => {
  const script =
    'create; select anet; set link-protection=[mac-nospoof,ip-nospoof]; add link-protection restricted'
  assert.match(await exported(`${script}; end`), /link-protection=mac-nospoof,ip-nospoof,restricted\n/)
  assert.match(
    await exported(`${script}; remove link-protection mac-nospoof; end`),
    /=ip-nospoof,restricted\n/,
  )
  await assert.rejects(after(`${script}; remove link-protection none`), { code: 'NOT_IN_LIST' })
  await assert.rejects(after('create; add bootargs x'), { code: 'NOT_A_LIST' })
})

test('add of a resource that a template has already changes that one, and says so', async () => {
  const world = new RecordingWorld()
  const { config } = await after('create; add capped-memory; set physical=8g; end', world)
  assert.match(
    config === undefined ? '' : printExport(config),
    /physical=8G\nset pagesize-policy=largest-available/,
  )
  assert.deepEqual(world.warned, ['warning: there is a capped-memory resource already; this changes it'])
})

test('end refuses what is incomplete or there twice', async () => {
  await assert.rejects(after('create; add device; end'), { message: 'device: storage or match must be set' })
  await assert.rejects(after('create; add net; end'), { message: 'net: physical must be set' })
  await assert.rejects(after('create; add anet; set id=0; end'), { code: 'RESOURCE_EXISTS', message: /id=0/ })
  await assert.rejects(run('create; add anet'), { code: 'RESOURCE_INCOMPLETE' })
})

test('values are refused with the words of Solaris', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['select capped-memory; set pagesize=1m', 'pagesize value is too small. It must be at least 2M.'],
    ['select capped-memory; set physical=3T', 'physical value is too large. It must be at most 2T.'],
    ['select capped-memory; set physical=4097K', 'physical value must be a multiple of 2M.'],
    ['set host-compatible=memlzz', 'memlzz: Invalid argument'],
    ['set hostid=0', '0: Invalid argument'],
    ['select anet; set mac-address=1:2:3:4:5:6', '1:2:3:4:5:6: Invalid argument'],
    ['select anet; set id=10', '10: Invalid argument'],
    ['select anet; set vlan-id=4095', '4095: Invalid argument'],
    ['set bootargs=(a=b)', '(a=b): Invalid argument'],
    ['set bootargs=[a,b]', '[a,b]: Invalid argument'],
    ['select device; set storage=dev:%{zonenam}', '"%{zonenam}" is not a token of this property'],
    ['set zonename=kz2', 'zonename cannot be changed here'],
  ]
  for (const [script, message] of cases) await assert.rejects(after(`create; ${script}`), { message }, script)
  await after('create; set zonename=kz1; select capped-memory; set pagesize=2m')
})

test('a misspelt or misplaced name is answered with the right one', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['add anett', /Did you mean "anet"/],
    ['set physical=4G', /belongs into/],
    ['select anet; set brand=solaris-kz', /belongs to the zone: first "end"/],
    ['select anet; set mac-adress=auto', /Did you mean "mac-address"/],
  ]
  for (const [script, remedy] of cases)
    await assert.rejects(after(`create; ${script}`), { code: 'UNKNOWN_NAME', remedy })
})

test('prompt() shows the scope', async () => {
  assert.equal(prompt(await after('create; select anet; add vlan')), 'zonecfg:kz1:anet:vlan> ')
  assert.equal(prompt(await after('create')), 'zonecfg:kz1> ')
})

test('another name is refused with the way to it: of a new zone another session, of a saved one a rename', async () => {
  await assert.rejects(after('create; set zonename=z3'), { code: 'READ_ONLY', remedy: 'Use "zonecfg -z z3"' })
  await assert.rejects(after('create; commit; set zonename=z3'), {
    code: 'READ_ONLY',
    remedy: /zoneadm .* rename/,
  })
})

test('a refusal names a resource with its article, and the values that were looked for', async () => {
  await assert.rejects(after('create; add anet; set id=0; end'), {
    message: 'An anet resource with id=0 exists already',
  })
  await assert.rejects(after('create; add device; set storage=dev:sdb; set id=0; end'), {
    message: 'A device resource with id=0 exists already',
  })
  await assert.rejects(after('create; select anet id=1'), {
    message: 'No anet resource with id=1 in the configuration',
  })
})

test('the end of a session without a zone says that nothing was saved, unless all was exported', async () => {
  const warned = async (script: string) => {
    const world = new RecordingWorld()
    await runScript(startSession(undefined, false), script, world)
    return world.warned
  }
  const notSaved = ['Not saved: this session has no zone; use zonecfg -z NAME, or export -f FILE']
  assert.deepEqual(await warned('create'), notSaved)
  assert.deepEqual(await warned('create; exit'), notSaved)
  assert.deepEqual(await warned('create; export; set autoboot=true'), notSaved)
  assert.deepEqual(await warned('create; set autoboot=true; export'), [])
  assert.deepEqual(await warned('help'), [])
})
