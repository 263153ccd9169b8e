import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { IscsiServer } from '../../test/hosts/iscsi-server.ts'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { secondPortal } from '../../test/hosts/second-portal.ts'
import { SameStorage } from './same-storage.ts'
import { probeStorage } from './storage.ts'

const mib = 1024 ** 2
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
const isSame = async (one: string, other: string) =>
  (await new SameStorage(context).first([one], [other])) === one

test('A unit is the same at each of its portals and by its world-wide name, and another one of the same target is not', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const { storage } = lab
  const one = await storage.createLun({ name: 'one', sizeBytes: mib })
  const other = await storage.createLun({ name: 'other', sizeBytes: mib })
  await using portal = await secondPortal(storage)
  const elsewhere = portal.uri(one.suri)
  const { identity = '' } = await probeStorage(one.suri, context)
  const named = `iscsi://${portal.host}/luname.${identity}`
  assert.equal(await isSame(one.suri, elsewhere), true)
  assert.equal(await isSame(elsewhere, named), true)
  assert.equal(await isSame(other.suri, named), false)
  assert.equal(await isSame(`lu:luname.${identity}`, elsewhere), true)
  assert.equal(await isSame(`lu:luname.${identity}`, named), true)
  assert.equal(await isSame(portal.uri(other.suri), one.suri), false)
  assert.equal(await isSame(elsewhere.replace('lun.1', 'lun.2'), one.suri), false)
})

test('What has the name of a target says itself whether it is that; if it cannot be asked, the name counts', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const { storage, label, folder } = lab
  const { address, port } = storage
  const server = new IscsiServer({
    label,
    folder: join(folder, 'second'),
    address,
    port: port + 1,
    prefix: [],
  })
  await using _server = { [Symbol.asyncDispose]: () => server.stop() }
  await server.start()
  const one = await storage.createLun({ name: 'one', sizeBytes: mib })
  // The server numbers its units by their targets.
  await server.createLun({ name: 'before', sizeBytes: mib })
  const other = await server.createLun({ name: 'one', sizeBytes: mib })
  assert.equal(await isSame(one.suri, other.suri), false)
  await server.stop()
  assert.equal(await isSame(one.suri, other.suri), true)
})

test('What cannot be the same by its URI is not looked at over the network', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const one = await lab.storage.createLun({ name: 'one', sizeBytes: mib })
  const other = await lab.storage.createLun({ name: 'other', sizeBytes: mib })
  await using portal = await secondPortal(lab.storage)
  const elsewhere = portal.uri(one.suri)
  const others = [other.suri, 'file:///x', 'nfs://127.0.0.1/share/x', 'nbd://127.0.0.1/x']
  assert.equal(await new SameStorage(context).first([elsewhere], others), undefined)
  assert.equal(portal.connections(), 0)
  // And what may be is asked once.
  const same = new SameStorage(context)
  for (let i = 0; i < 3; i += 1) assert.equal(await same.first([elsewhere], [one.suri]), elsewhere)
  assert.equal(portal.connections(), 1)
})

test('An export of an NBD server is the same by each name of the server', async () => {
  assert.equal(await isSame('nbd://localhost/x', 'nbd://127.0.0.1:10809/x'), true)
  assert.equal(await isSame('nbd://localhost/x', 'nbd://127.0.0.1/y'), false)
  assert.equal(await isSame('nbd://127.0.0.2/x', 'nbd://127.0.0.1/x'), false)
})
