import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { secondPortal } from '../../test/hosts/second-portal.ts'
import type { ZoneSummary } from '../facts/schema.ts'
import { probeStorage } from '../storage/storage.ts'
import { StorageHere } from './storage-here.ts'

const mib = 1024 ** 2
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }

const zone = (storage: string[], change: Partial<ZoneSummary> = {}): ZoneSummary => ({
  name: 'other',
  uuid: 'u',
  state: 'installed',
  auxiliary: [],
  macAddresses: [],
  allowedAddresses: [],
  memoryBytes: 1,
  storage,
  ...change,
})

test('An export is found by each name of its server, another export or server is not', async () => {
  const uris = ['nbd://localhost/x', 'nbd://127.0.0.1:10809/x', 'nbd://127.0.0.2/x', 'nbd://localhost/y']
  const here = new StorageHere([zone(uris)], [], context)
  assert.deepEqual(await here.find('nbd://127.0.0.1/x'), { sameAs: uris.slice(0, 2) })
  assert.deepEqual(await here.find('nbd://127.0.0.1/z'), {})
})

test('What could not be looked at is neither the same nor another', async () => {
  // QEMU's client can be told no port.
  const [silent, nameless] = ['nfs://127.0.0.2:2048/share/x', 'nbd://no-such-host.invalid/x']
  const here = new StorageHere([zone([silent, nameless, 'nfs://127.0.0.2/share/y'])], [], context)
  assert.deepEqual(await here.find('nfs://127.0.0.1:2048/share/x'), { perhapsAs: [silent] })
  assert.deepEqual(await here.find('nbd://127.0.0.1/x'), { perhapsAs: [nameless] })
})

test('A zone counts if it holds storage; one that is only configured does not, and one on its way does', async () => {
  const [bare, coming] = ['nbd://localhost/x', 'nbd://localhost:10809/x']
  const zones = [
    zone([bare], { state: 'configured' }),
    zone([coming], { state: 'configured', auxiliary: ['migrating-in'] }),
  ]
  const here = new StorageHere(zones, [], context)
  assert.deepEqual(await here.find('nbd://127.0.0.1/x'), { sameAs: [coming] })
})

test('A path for writing is told of by the URI that takes it back, the same one too', async () => {
  const here = new StorageHere([], ['nbd://localhost/x', 'rbd:pool/image'], context)
  assert.deepEqual(await here.find('nbd://127.0.0.1/x'), { mappedAs: 'nbd://localhost/x' })
  assert.deepEqual(await here.find('rbd:pool/image'), { mappedAs: 'rbd:pool/image' })
  assert.deepEqual(await here.find('rbd:pool/other'), {})
})

test('A unit is found by target and number, and by each of its names, and nobody else’s is looked at', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const one = await lab.storage.createLun({ name: 'one', sizeBytes: mib })
  await using portal = await secondPortal(lab.storage)
  const { identity = '', names = [] } = await probeStorage(one.suri, context)
  const named = `iscsi://${portal.host}/luname.${identity}`
  const others = Array.from(
    { length: 2000 },
    (_, lun) => `${portal.uri(one.suri).replace(/\d+$/, '')}${lun + 10}`,
  )
  const here = new StorageHere(
    [zone([...others, portal.uri(one.suri), `lu:luname.${identity}`])],
    [one.suri],
    context,
  )
  const sameAs = [`lu:luname.${identity}`, portal.uri(one.suri)]
  const found = await here.find(named, names)
  assert.deepEqual(found, { sameAs, mappedAs: one.suri })
  assert.deepEqual((await here.find(one.suri, names)).sameAs?.toSorted(), sameAs.toSorted())
  assert.equal(portal.connections(), 0)
  assert.deepEqual(await here.find(`lu:luname.eui.${'0'.repeat(16)}`), {})
})
