import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustMatchProperties } from './must-match.ts'
import { parseExport } from './parse-export.ts'
import { toContract } from './to-contract.ts'

const config = parseExport(`create -b
set brand=solaris-kz
set hostid=0x2e7d2173
set host-compatible=level1,memlzr
add net
set physical=net%{id}
set id=2
end
add anet
set lower-link=br0
set vlan-id=7
set auto-mac-address=2:8:20:e7:b8:79
set id=1
add vlan
set vlan-id=9
end
end
add device
set storage=dev:///dev/zvol/dsk/%{global-rootzpool}/%{zonename}/disk%{id}
set id=0
set bootpri=0
end
add device
set storage=file:///data
set create-size=1G
set allow-mhd=true
set id=3
end
add capped-memory
set physical=4.5G
set pagesize-policy=fixed
set pagesize=2M
end
add virtual-cpu
set ncpus=2
end
add suspend
set path=/z/%{zonename}
end
`)

test('toContract() expands tokens and applies defaults', () => {
  const { nics, ...contract } = toContract(config, { zonename: 'web1' })
  assert.deepEqual(contract, {
    zonename: 'web1',
    brand: 'solaris-kz',
    autoboot: false,
    autoshutdown: 'shutdown',
    bootargs: '',
    hostid: '0x2e7d2173',
    cpuArch: undefined,
    hostCompatible: ['level1', 'memlzr'],
    memory: { physicalBytes: 4.5 * 2 ** 30, pagesizePolicy: 'fixed', pagesizeBytes: 2 ** 21 },
    ncpus: 2,
    devices: [
      {
        id: 0,
        storage: 'dev:/dev/zvol/dsk/rpool/web1/disk0',
        match: undefined,
        bootpri: 0,
        createSizeBytes: undefined,
        allowMhd: false,
      },
      {
        id: 3,
        storage: 'file:///data',
        match: undefined,
        bootpri: undefined,
        createSizeBytes: 2 ** 30,
        allowMhd: true,
      },
    ],
    suspend: { path: '/z/web1' },
  })
  const [anet, net] = nics
  assert.equal(nics.length, 2)
  assert.deepEqual(
    { kind: anet?.kind, id: anet?.id, mac: anet?.macAddress, link: anet?.lowerLink, vlan: anet?.vlanId },
    { kind: 'anet', id: 1, mac: '02:08:20:e7:b8:79', link: 'br0', vlan: 7 },
  )
  assert.equal(anet?.properties['mac-address'], '2:8:20:e7:b8:79')
  assert.equal(anet?.properties['link-protection'], 'mac-nospoof')
  assert.equal(anet?.properties['vlan[vlan-id=9]:vlan-id'], '9')
  assert.deepEqual(
    { kind: net?.kind, link: net?.lowerLink, mac: net?.macAddress },
    { kind: 'net', link: 'net2', mac: undefined },
  )
})

test('toContract() refuses a configuration without brand or memory', () => {
  const naming = { zonename: 'web1' }
  assert.throws(() => toContract(parseExport('create -b'), naming), {
    code: 'CONFIG_INCOMPLETE',
    message: /no brand/,
  })
  assert.throws(() => toContract(parseExport('create -b; set brand=solaris-kz'), naming), {
    code: 'CONFIG_INCOMPLETE',
    message: /no capped-memory:physical/,
  })
})

test('mustMatchProperties() lists what has to be the same on both hosts, as it acts', () => {
  const entries = mustMatchProperties(config, { zonename: 'web1' })
  const values = new Map(entries.map(({ path, value }) => [path, value]))
  assert.equal(values.size, entries.length)
  const expected = {
    zonename: 'web1',
    brand: 'solaris-kz',
    'cpu-arch': 'generic',
    'host-compatible': 'level1,memlzr',
    'capped-memory:physical': '4.5G',
    'capped-memory:pagesize-policy': 'fixed',
    'capped-memory:pagesize': '2M',
    'virtual-cpu:ncpus': '2',
    'device[id=0]:storage': 'dev:/dev/zvol/dsk/rpool/web1/disk0',
    'device[id=0]:id': '0',
    'device[id=0]:bootpri': '0',
    'anet[id=1]:mac-address': '2:8:20:e7:b8:79',
    'anet[id=1]:vlan[vlan-id=9]:vlan-id': '9',
    'net[id=2]:physical': 'net2',
  }
  for (const [path, value] of Object.entries(expected)) assert.equal(values.get(path), value, path)
  assert.equal(values.has('device[id=3]:bootpri'), false)
  assert.equal(values.has('autoboot'), false)
})
