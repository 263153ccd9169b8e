import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit } from '../../errors.ts'
import { memoryIo } from '../memory-io.ts'
import { type Answers, recordingAgent } from '../recording-agent.ts'
import { runSuriadm } from './suriadm.ts'

async function suriadm(line: string, answers: Answers = {}) {
  const { connect, calls } = recordingAgent(answers)
  const io = memoryIo()
  const exit = await runSuriadm(line.split(' '), io, new AbortController().signal, connect)
  return { exit, out: io.out(), err: io.err(), calls }
}

test('suriadm parse shows the parts of a URI as a table, in its canonical spelling', async () => {
  const { exit, out, calls } = await suriadm(
    'parse iscsi://zfssa:3261/luname.naa.600144F0DBF8AF19000052E820D60003',
  )
  assert.equal(exit, Exit.ok)
  assert.equal(
    out,
    [
      'PROPERTY    VALUE',
      'uri-type    iscsi',
      'uri         iscsi://zfssa:3261/luname.naa.600144f0dbf8af19000052e820d60003',
      'hostname    zfssa',
      'port        3261',
      'luname.naa  600144f0dbf8af19000052e820d60003',
      'shared      yes',
      '',
    ].join('\n'),
  )
  assert.deepEqual(calls, [])
})

for (const [uri, expected] of [
  ['dev:sdb', 'path\t/dev/sdb'],
  ['file:///d', 'shared\tno'],
  ['nfs://1000:staff@h/share/d', 'user\t1000\ngroup\tstaff\nhostname\th\npath\t/share/d'],
  ['nbds://[fd00::1]:1/x', 'uri-type\tnbds'],
  ['rbd:pool/ns/image', 'pool\tpool\nnamespace\tns\nimage\timage'],
  ['iscsi:///target.iqn.2026-11.org.example:t', 'target\tiqn.2026-11.org.example:t\nlun\t0'],
  [
    'lu:initiator.naa.2100001d38089fb0,target.naa.2100001d38089fb1,luname.eui.0021280001cf80f6',
    'initiator.naa\t2100001d38089fb0\ntarget.naa\t2100001d38089fb1\nluname.eui\t0021280001cf80f6',
  ],
] as const) {
  test(`suriadm parse -H ${uri} gives lines for scripts`, async () => {
    const { exit, out } = await suriadm(`parse -H ${uri}`)
    assert.equal(exit, Exit.ok)
    assert.ok(`\n${out}`.includes(`\n${expected}\n`), out)
  })
}

test('suriadm parse -o takes properties in the order given, and names those that there are not', async () => {
  assert.equal((await suriadm('parse -H -o path,uri-type dev:sdb')).out, 'path\t/dev/sdb\nuri-type\tdev\n')
  assert.equal((await suriadm('parse --json -o path dev:sdb')).out, '{\n  "path": "/dev/sdb"\n}\n')
  const { exit, err } = await suriadm('parse -o pth dev:sdb')
  assert.equal(exit, Exit.usage)
  assert.match(err, /unknown property "pth"; did you mean "path"/)
})

test('suriadm parse of what is no URI says where it is wrong, and fails', async () => {
  const { exit, err } = await suriadm('parse lu:luname.naa.12')
  assert.equal(exit, Exit.failed)
  assert.match(err, /^suriadm: Cannot read the storage URI .* at column 15/)
})

test('suriadm create and delete ask for what they need', async () => {
  const create = await suriadm('create -p create-size=8m nfs://h/share/d', { 'storage/create': () => ({}) })
  assert.deepEqual(create.calls, [['storage/create', { uri: 'nfs://h/share/d', sizeBytes: 8 * 1024 ** 2 }]])
  for (const line of [
    'create nfs://h/d',
    'create -p create-size=much nfs://h/d',
    'create -p size=1g nfs://h/d',
  ]) {
    assert.equal((await suriadm(line)).exit, Exit.usage, line)
  }
  const unasked = await suriadm('delete nfs://h/d')
  assert.equal(unasked.exit, Exit.failed)
  assert.match(unasked.err, /remedy: .*suriadm delete -F nfs:\/\/h\/d/)
  assert.equal((await suriadm('delete -F nfs://h/d', { 'storage/delete': () => ({}) })).exit, Exit.ok)
})

test('suriadm lookup-uri searches by type and property; nothing found is a failure', async () => {
  const line = 'lookup-uri -t iscsi -p hostname=h,port=3261 -p luname.naa=600144F0DBF8AF19 -p lun=2'
  const found = await suriadm(line, { 'storage/find': () => ({ uris: ['a', 'b'] }) })
  assert.equal(found.out, 'a\nb\n')
  assert.deepEqual(found.calls, [
    ['storage/find', { types: ['iscsi'], host: 'h', port: 3261, luname: 'naa.600144f0dbf8af19', lun: 2 }],
  ])
  const none = await suriadm('lookup-uri', { 'storage/find': () => ({ uris: [] }) })
  assert.deepEqual([none.exit, none.out], [Exit.failed, ''])
  for (const wrong of [
    'lookup-uri -t nfs',
    'lookup-uri -p lun=x',
    'lookup-uri -t lu /dev/sdb',
    '-z web1 parse dev:a',
    'prase dev:a',
  ]) {
    assert.equal((await suriadm(wrong)).exit, Exit.usage, wrong)
  }
})

test('suriadm help names every subcommand', async () => {
  const { out } = await suriadm('help')
  for (const name of ['parse', 'lookup-uri', 'lookup-mapping', 'map', 'unmap', 'create', 'delete']) {
    assert.ok(out.includes(`\n  ${name} `), name)
  }
})
