import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { configValue, quote, zoneadm, zonecfg } from './commands.ts'

test('quote() makes a word that the shell gives back unchanged', () => {
  const words = fc.sample(
    fc.string({ minLength: 1 }).filter((word) => !/[\0\n]/.test(word)),
    200,
  )
  const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${words.map(quote).join(' ')}`], {
    encoding: 'utf8',
  })
  assert.deepEqual(printed.split('\n').slice(0, -1), words)
})

test('zonecfg() puts its subcommands into one argument', () => {
  assert.equal(
    zonecfg('web1', 'select anet id=0', 'set mtu=1500', 'end'),
    "zonecfg -z web1 'select anet id=0; set mtu=1500; end'",
  )
})

test('zoneadm() quotes only what needs quotes', () => {
  assert.equal(
    zoneadm('web1', 'migrate', 'ssh://root@[::1]:22'),
    "zoneadm -z web1 migrate 'ssh://root@[::1]:22'",
  )
})

test('configValue() leaves words alone and quotes the rest', () => {
  assert.equal(configValue('iscsi://h/target.iqn.a:b,lun.1'), 'iscsi://h/target.iqn.a:b,lun.1')
  assert.equal(configValue('10.0.0.1/24,10.0.0.2/24'), '10.0.0.1/24,10.0.0.2/24')
  assert.equal(configValue('[a'), '"[a"')
  assert.equal(configValue('kz=d -k'), '"kz=d -k"')
  assert.equal(configValue(''), '""')
})
