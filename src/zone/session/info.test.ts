import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { printed } from '../../../test/fixtures/zonecfg/session-rig.ts'

const kernelZone = readFileSync(
  new URL('../../../test/fixtures/zonecfg/info/kernel-zone.txt', import.meta.url),
  'utf8',
)

/** The configuration that the fixture shows; Solaris generates the MAC address later than we do. */
const made = [
  'create -b; set brand=solaris-kz; set hostid=0x2e7d2173',
  'add anet; set lower-link=auto; set mac-address=auto; set id=0; end',
  'add device; set storage=dev:/dev/zvol/dsk/rpool/VARSHARE/zones/kzone1/disk0; set id=0; set bootpri=0; end',
  'add capped-memory; set physical=4294967296; end',
].join('\n')

test('info prints a kernel zone as Solaris does', async () => {
  const lines = await printed(made, 'info')
  const withoutGenerated = lines.filter((line) => !line.includes('auto-mac-address'))
  assert.deepEqual(withoutGenerated, kernelZone.trimEnd().split('\n'))
})

test('info of a resource that does not exist prints nothing, and of an unset default the default', async () => {
  assert.deepEqual(await printed(made, 'info suspend'), [])
  assert.deepEqual(await printed(made, 'info cpu-arch'), ['cpu-arch: generic'])
  assert.deepEqual(await printed(`${made}\nset cpu-arch=migration-class1`, 'info cpu-arch'), [
    'cpu-arch: migration-class1',
  ])
  assert.deepEqual(await printed(`${made}\nadd virtual-cpu; set ncpus=8; end`, 'info virtual-cpu'), [
    'virtual-cpu:',
    '        ncpus: 8',
  ])
})

test('info of a property with tokens prints the template and its expansion', async () => {
  const lines = await printed(
    `${made}\nadd suspend; set path=/system/zones/%{zonename}/suspend; end`,
    'info suspend',
  )
  assert.deepEqual(lines, [
    'suspend:',
    '        path.template: /system/zones/%{zonename}/suspend',
    '        path: /system/zones/kzone1/suspend',
    '        storage not specified',
  ])
})

test('info numbers resources of which there are several, and picks by property', async () => {
  const script = `${made}\nadd device; set storage=dev:sdb; end`
  assert.deepEqual(await printed(script, 'info device id=1'), [
    'device 1:',
    '        match not specified',
    '        storage: dev:sdb',
    '        id: 1',
    '        bootpri not specified',
  ])
  assert.equal((await printed(script, 'info device'))[0], 'device 0:')
})

test('info of a net prints the lines of Solaris, and of an open resource the resource', async () => {
  const lines = await printed('create -b; add net; set physical=net1', 'info')
  assert.deepEqual(lines, [
    'net:',
    '        address not specified',
    '        allowed-address not specified',
    '        configure-allowed-address: true',
    '        physical: net1',
    '        defrouter not specified',
  ])
  assert.deepEqual(await printed('create -b; add net; set physical=net1', 'info physical'), [
    'physical: net1',
  ])
})

test('info redacts the key', async () => {
  const lines = await printed('create -b; add keysource; set raw=0123abcd; end', 'info keysource')
  assert.deepEqual(lines, ['keysource:', '        raw redacted'])
})

test('export leaves the key out, and says so, unless it is asked for', async () => {
  const script = 'create -b; add keysource; set raw=0123abcd; end'
  const without = (await printed(script, 'export')).join('\n')
  assert.equal(without, '# The key of the zone (keysource) is left out; "export -k" includes it.\ncreate -b')
  assert.doesNotMatch(without, /0123abcd/)
  assert.match((await printed(script, 'export -k')).join('\n'), /add keysource\nset raw=0123abcd\nend/)
  assert.match((await printed('create -b', 'export')).join('\n'), /^create -b/)
})

test('info indents sub-resources below their resource', async () => {
  const script = `${made}\nselect anet 0; add vlan; set vlan-id=7; end; add vlan; add allowed-vlan-ids 100-199; end; end`
  const lines = await printed(script, 'info anet')
  assert.deepEqual(lines.slice(-6), [
    '        vlan 0:',
    '                vlan-id: 7',
    '                allowed-vlan-ids not specified',
    '        vlan 1:',
    '                vlan-id not specified',
    '                allowed-vlan-ids: 100-199',
  ])
})

test('info can be read with the patterns that programs use', async () => {
  const lines = await printed(made, 'info')
  const globals = lines.flatMap((line) => /^(\S+):\s*(\S+)$/.exec(line)?.slice(1, 3).join('=') ?? [])
  assert.ok(globals.includes('brand=solaris-kz') && globals.includes('zonename=kzone1'))
  const resources = lines.flatMap((line) => /^(\S+):\s*$/.exec(line)?.[1] ?? [])
  assert.deepEqual(resources.slice(-3), ['anet', 'device', 'capped-memory'])
  for (const line of lines) {
    assert.ok(/^(\s*)([^:\s]+):(?:\s+(.*))?$/.test(line) || /not\s+specified$/.test(line), line)
  }
  const text = lines.join('\n')
  assert.deepEqual(/\s+physical:\s+(\S+)(\S)/.exec(text)?.slice(1, 3), ['4', 'G'])
  assert.equal(/^\s+(\S+):\s*(.+)$/m.exec(text)?.[1], 'lower-link')
})
