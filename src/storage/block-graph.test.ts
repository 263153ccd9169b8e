import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockGraph } from './storage.ts'

const initiatorName = 'iqn.2026-11.org.kzone:test'

const graphs: Readonly<Record<string, object>> = {
  'file:///zones/web1/disk0': {
    driver: 'file',
    filename: '/r/zones/web1/disk0',
    locking: 'on',
    discard: 'unmap',
  },
  'dev:/dev/sdb': {
    driver: 'host_device',
    filename: '/dev/sdb',
    cache: { direct: true, 'no-flush': false },
    aio: 'native',
    discard: 'unmap',
  },
  'iscsi://storage.example.org/target.iqn.2026-11.example.kzone:web1,lun.3': {
    driver: 'iscsi',
    transport: 'tcp',
    portal: 'storage.example.org:3260',
    target: 'iqn.2026-11.example.kzone:web1',
    lun: 3,
    'initiator-name': initiatorName,
    timeout: 30,
    discard: 'unmap',
  },
  'iscsi://[fd00::f0]:3261/target.iqn.2026-11.example.kzone:web1,lun.0': {
    driver: 'iscsi',
    transport: 'tcp',
    portal: '[fd00::f0]:3261',
    target: 'iqn.2026-11.example.kzone:web1',
    lun: 0,
    'initiator-name': initiatorName,
    timeout: 30,
    discard: 'unmap',
  },
  'nfs://1000:games@[fd00::f0]/export/zones/disk0': {
    driver: 'nfs',
    server: { type: 'inet', host: 'fd00::f0' },
    path: '/export/zones/disk0',
    user: 1000,
    group: 60,
  },
  'nbd://[::1]/web1': {
    driver: 'nbd',
    server: { type: 'inet', host: '::1', port: '10809' },
    export: 'web1',
    'reconnect-delay': 30,
    discard: 'unmap',
  },
  'rbd:zones/ns/web1': { driver: 'rbd', pool: 'zones', namespace: 'ns', image: 'web1', discard: 'unmap' },
}

for (const [uri, protocolNode] of Object.entries(graphs)) {
  test(`blockGraph() of ${uri} is a raw node on its protocol`, async () => {
    const { objects, nodes } = await blockGraph(uri, 'disk0', { root: '/r', initiatorName })
    assert.deepEqual(objects, [])
    assert.deepEqual(nodes, [
      { 'node-name': 'disk0-storage', ...protocolNode },
      { 'node-name': 'disk0', driver: 'raw', file: 'disk0-storage', discard: 'unmap' },
    ])
  })
}
