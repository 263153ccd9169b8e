import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { placeMark, seesMark } from './mark.ts'
import { openStorage } from './open-storage.ts'
import { blockGraph, copyImage, probeStorage } from './storage.ts'

const mib = 1024 ** 2
const chap = { user: 'zones', secret: 'Never-Tell-9' }
const never = new AbortController().signal

async function guarded() {
  const lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'guarded', sizeBytes: 4 * mib, chap })
  const root = join(lab.folder, 'root')
  return {
    ...lab,
    lun,
    context: { root, initiatorName: 'iqn.2026-11.org.kzone:test' },
    /** As an operator writes them, for a target or a host. */
    async tell(name: string, { user, secret }: typeof chap, mode = 0o600) {
      const folder = join(root, 'etc/zones/credentials/iscsi', name)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'user'), `${user}\n`)
      await writeFile(join(folder, 'secret'), secret, { mode })
      await chmod(join(folder, 'secret'), mode)
      return join(folder, 'secret')
    },
  }
}

for (const by of ['target', 'host'] as const) {
  test(`A target that wants CHAP is opened, filled and marked with the credentials for its ${by}`, async () => {
    await using lab = await guarded()
    const { lun, context, folder } = lab
    const secretFile = await lab.tell(by === 'target' ? lun.iqn : lab.storage.address, chap)
    const { sizeBytes, identity = '' } = await probeStorage(lun.suri, context)
    assert.equal(sizeBytes, 4 * mib)
    const { objects, nodes } = await blockGraph(lun.suri, 'disk3', context)
    assert.deepEqual(objects, [{ 'qom-type': 'secret', id: 'disk3-secret', file: secretFile }])
    assert.equal(nodes[0]?.['user'], chap.user)
    assert.doesNotMatch(JSON.stringify({ objects, nodes }), new RegExp(chap.secret))

    const image = join(folder, 'image')
    await writeFile(image, Buffer.alloc(mib, 5))
    await copyImage({ path: image, format: 'raw' }, lun.suri, context)
    await using store = await openStorage(lun.suri, context, { socket: join(folder, 'nbd'), writable: false })
    assert.ok((await store.read(0, mib)).equals(Buffer.alloc(mib, 5)))
    const mark = Buffer.from('a mark..')
    await using placed = await placeMark(lun.suri, context, mark, never)
    assert.ok(placed)
    assert.equal(await seesMark(lun.suri, context, mark, never), true)

    const byName = `iscsi://${lab.storage.address}:${lab.storage.port}/luname.${identity}`
    assert.equal((await probeStorage(byName, context)).sizeBytes, 4 * mib)
  })
}

test('No credentials and wrong ones are told as such, with where they belong and without the secret', async () => {
  await using lab = await guarded()
  const { lun, context } = lab
  const refused = (message: RegExp) =>
    assert.rejects(probeStorage(lun.suri, context), (error: Error & { code?: string; remedy?: string }) => {
      assert.equal(error.code, 'STORAGE_UNREACHABLE')
      assert.match(error.message, message)
      assert.ok(error.remedy?.includes(`/etc/zones/credentials/iscsi/${lun.iqn}/secret`), error.remedy)
      assert.doesNotMatch(`${error.message}${error.remedy}${error.stack}`, /Tell-9/)
      return true
    })
  await refused(/wants a user and a secret \(CHAP\), and this host has none for it/)
  await lab.tell(lun.iqn, { ...chap, secret: 'Never-Tell-9-else' })
  await refused(/refuses user "zones" with the secret in ".*\/secret" \(CHAP\)/)
  await lab.tell(lun.iqn, { ...chap, user: 'others' })
  await refused(/refuses user "others"/)
})

test('A unit that is looked for by name behind a target that lets nobody in is told as such', async () => {
  await using lab = await guarded()
  const uri = `iscsi://${lab.storage.address}:${lab.storage.port}/luname.naa.600144f0db000001`
  await assert.rejects(probeStorage(uri, lab.context), {
    code: 'STORAGE_UNREACHABLE',
    message:
      /shows this host no logical unit of this name \(iqn\..*: the iSCSI target wants a user and a secret/,
    remedy: /\/etc\/zones\/credentials\/iscsi\/iqn/,
  })
})

test('A secret that others can read, or that ends with a line break, is not used', async () => {
  await using lab = await guarded()
  const { lun, context } = lab
  const file = await lab.tell(lun.iqn, chap, 0o644)
  await assert.rejects(blockGraph(lun.suri, 'disk0', context), {
    message: /can be read by others/,
    remedy: `chmod 0600 ${file}`,
  })
  await lab.tell(lun.iqn, { ...chap, secret: `${chap.secret}\n` })
  await assert.rejects(probeStorage(lun.suri, context), {
    message: /ends with a line break/,
    remedy: `truncate -s -1 ${file}`,
  })
})
