import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { type IscsiPlace, IscsiSession } from './iscsi-session.ts'
import { readKeys, registerKey } from './registration-keys.ts'

const never = new AbortController().signal
const hex = (keys: readonly Buffer[]) => keys.map((key) => key.toString('hex'))

test('A key that one session registers is seen by another until it is taken back, and only on that logical unit', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const sizeBytes = 1024 ** 2
  const [one, other] = [
    await lab.storage.createLun({ name: 'one', sizeBytes }),
    await lab.storage.createLun({ name: 'other', sizeBytes }),
  ]
  const place = (target: string): IscsiPlace => ({
    host: lab.storage.address,
    port: lab.storage.port,
    target,
    lun: 1,
    initiatorName: 'iqn.2026-11.org.kzone:test',
  })
  const key = randomBytes(8)
  await using source = await IscsiSession.open(place(one.iqn), never)
  await using target = await IscsiSession.open(place(one.iqn), never)
  await using elsewhere = await IscsiSession.open(place(other.iqn), never)
  assert.deepEqual(await readKeys(target), [])
  await registerKey(source, key)
  assert.deepEqual(hex(await readKeys(target)), [key.toString('hex')])
  assert.deepEqual(await readKeys(elsewhere), [])
  const noCommand = source.command({ cdb: [0xff] })
  await assert.rejects(noCommand, { code: 'SCSI_REFUSED', remedy: /suriadm lookup-mapping URI$/ })
  await registerKey(source)
  assert.deepEqual(await readKeys(target), [])
})

test('A target that is not there, and one that nobody knows, say so', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const place = { host: lab.storage.address, lun: 1, initiatorName: 'iqn.2026-11.org.kzone:test' }
  const unknown = { ...place, port: lab.storage.port, target: 'iqn.2026-11.example:nobody' }
  await assert.rejects(IscsiSession.open(unknown, never), {
    code: 'ISCSI_REFUSED',
    remedy: /suriadm lookup-uri -t iscsi/,
  })
  await assert.rejects(IscsiSession.open({ ...unknown, port: 1 }, never), /ECONNREFUSED/)
})
