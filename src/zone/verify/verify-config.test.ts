import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../parse-export.ts'
import { verifyConfig } from './verify-config.ts'

const good = [
  'create -b; set brand=solaris-kz',
  'add device; set storage=dev:sda; set id=0; set bootpri=0; end',
  'add capped-memory; set physical=4G; end',
].join('\n')

function messages(script: string, severity: 'error' | 'warning'): string[] {
  const findings = verifyConfig(parseExport(script), { zonename: 'kz1' })
  return findings.filter((finding) => finding.severity === severity).map(({ message }) => message)
}

test('verifyConfig() has nothing to say about a small valid zone', () => {
  assert.deepEqual(messages(good, 'error'), [])
  assert.deepEqual(messages(good, 'warning'), [])
})

test('verifyConfig() finds every error, not only the first', () => {
  assert.deepEqual(messages('create -b', 'error'), [
    'brand must be set',
    'capped-memory: the zone has no memory',
    'device: no device has a bootpri, so the zone cannot boot',
  ])
})

test('verifyConfig() tells how to get a boot disk, with or without a disk there', () => {
  const remedy = (script: string) =>
    verifyConfig(parseExport(script), { zonename: 'kz1' }).find(({ message }) => message.includes('bootpri'))
      ?.remedy
  assert.equal(remedy('create -b'), 'add device; set storage=…; set bootpri=0; end')
  assert.equal(
    remedy('create -b; add device; set id=3; set storage=dev:sda; end'),
    'select device id=3; set bootpri=0; end',
  )
})

test('verifyConfig() finds what two resources must not share', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['add device; set storage=dev:/dev/sda; end', /two devices have the storage "dev:\/dev\/sda"/],
    [
      'add suspend; set storage=dev:sda; end',
      /suspend: a device has the storage "dev:\/dev\/sda", and the suspend image would overwrite its disk/,
    ],
    [
      'add anet; set mac-address=2:8:20:1:1:1; end; add anet; set mac-address=02:08:20:01:01:01; set id=5; end',
      /two NICs have the MAC address "2:8:20:1:1:1"/,
    ],
    [
      'add net; set physical=net0; set address=192.0.2.1; end',
      /^net: address cannot be specified if ip-type = exclusive$/,
    ],
  ]
  for (const [script, message] of cases)
    assert.match(messages(`${good}\n${script}`, 'error').join('\n'), message)
})

test('a resource with properties that exclude each other is refused at its end', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['add suspend; set path=/a; set storage=dev:sdb; end', /path and storage cannot be set together/],
    ['select capped-memory; set pagesize=2M; end', /pagesize can only be set with pagesize-policy=fixed/],
    ['select capped-memory; set pagesize-policy=fixed; end', /needs a pagesize/],
    [
      'select capped-memory; set physical=6M; set pagesize-policy=fixed; set pagesize=4M; end',
      /not a multiple/,
    ],
    [
      'select capped-memory; set pagesize-policy=smallest-only; set memory-reserve=zones; end',
      /memory-reserve and/,
    ],
    ['add dedicated-cpu; set ncpus=1; set cores=0; end', /exactly one of/],
    ['add device; set storage=dev:sdb; set match=/dev/sdb; end', /storage and match cannot be set together/],
  ]
  for (const [script, message] of cases) {
    assert.throws(() => parseExport(`${good}\n${script}`), { code: 'RESOURCE_INCOMPLETE', message })
  }
})

test('verifyConfig() warns about each property that is stored and not acted on', () => {
  const script = `${good}\nset tenant=acme\nadd anet; set id=0; set cos=3; add vlan; set vlan-id=7; end; end`
  assert.deepEqual(messages(script, 'warning'), [
    'tenant is stored, but this release does not act on it',
    'anet 0: cos is stored, but this release does not act on it',
    'anet 0: vlan 7: vlan-id is stored, but this release does not act on it',
  ])
})

test('verifyConfig() does not warn about where the key comes from, which is acted on', () => {
  for (const source of ['raw=00ff', 'passphrase="some words"', 'uri=file:///etc/key']) {
    assert.deepEqual(messages(`${good}\nadd keysource; set ${source}; end`, 'warning'), [])
  }
})

test('verifyConfig() warns about values that this release takes otherwise or cannot use', () => {
  const script = `${good}\nset cpu-arch=EPYC\nadd device; set storage=nfs://u:g@10.0.0.1:1000/share/a; set id=1; end`
  assert.deepEqual(
    messages(script, 'warning').map((message) => message.split(' ', 3).join(' ')),
    ['cpu-arch: "EPYC" is', 'device 1: storage'],
  )
})
