import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from '../../../test/fixtures/zonecfg/memory-store.ts'
import { storeWithZone, zonecfg } from '../../../test/fixtures/zonecfg/zonecfg-rig.ts'

const typed = (...lines: string[]) => ({ input: lines.map((line) => `${line}\n`).join(''), isTty: true })

test('zonecfg on a terminal greets a new zone as Solaris does, and prompts with the scope', async () => {
  const store = new MemoryStore()
  const { exit, stdout, stderr } = await zonecfg(
    store,
    ['-z', 'web1'],
    typed('create', 'select anet id=0', 'add vlan', 'set vlan-id=7', 'end', 'end', 'exit'),
  )
  assert.equal(exit, 0)
  assert.equal(stderr, "web1: No such zone configured\nUse 'create' to begin configuring a new zone.\n")
  assert.equal(
    stdout,
    [
      "zonecfg:web1> create: Using system default template 'SYSdefault'\n",
      'zonecfg:web1> zonecfg:web1:anet> zonecfg:web1:anet:vlan> zonecfg:web1:anet:vlan> zonecfg:web1:anet> zonecfg:web1> ',
    ].join(''),
  )
  assert.match(store.texts.get('web1') ?? '', /add vlan\nset vlan-id=7\nend\nend\n/)
})

test('zonecfg on a terminal goes on after a mistake', async () => {
  const store = await storeWithZone()
  const { exit, stderr } = await zonecfg(
    store,
    ['-z', 'web1'],
    typed('set autoboot=maybe', 'set autoboot=true'),
  )
  assert.equal(exit, 0)
  assert.match(stderr, /^maybe: Invalid argument\nautoboot takes one of true, false\n$/)
  assert.match(store.texts.get('web1') ?? '', /autoboot=true/)
})

test('zonecfg on a terminal commits at the end of the input', async () => {
  const store = await storeWithZone()
  await zonecfg(store, ['-z', 'web1'], typed('set autoboot=true'))
  assert.match(store.texts.get('web1') ?? '', /autoboot=true/)
})

test('zonecfg on a terminal asks before it drops an open resource', async () => {
  const store = await storeWithZone()
  const before = store.texts.get('web1')
  const { exit, stdout } = await zonecfg(store, ['-z', 'web1'], typed('add anet', 'exit', 'n', 'exit', 'y'))
  assert.equal(exit, 0)
  assert.equal(stdout.match(/Resource incomplete; really quit \(y\/\[n\]\)\? /g)?.length, 2)
  assert.equal(store.texts.get('web1'), before)
})

test('zonecfg ends with 1 when the input ends and the configuration cannot be saved', async () => {
  const store = new MemoryStore()
  const { exit, stdout } = await zonecfg(store, ['-z', 'web1'], typed('create -b'))
  assert.equal(exit, 1)
  assert.match(stdout, /Configuration not saved; really quit/)
  assert.equal(store.texts.size, 0)
})

test('zonecfg on a terminal without a zone says at the end that nothing was saved', async () => {
  for (const lines of [['create'], ['create', 'exit']]) {
    const { exit, stderr } = await zonecfg(new MemoryStore(), [], typed(...lines))
    assert.equal(exit, 0)
    assert.equal(stderr, 'Not saved: this session has no zone; use zonecfg -z NAME, or export -f FILE\n')
  }
})
