import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { discoverTargets } from './iscsi-discovery.ts'
import { blockGraph, probeStorage } from './storage.ts'

const mib = 1024 ** 2
const initiatorName = 'iqn.2026-11.org.kzone:test'

/** Two targets with a unit each, and the world-wide names that their server gives the units. */
async function twoUnits() {
  const lab = await createLoopbackLab({ hosts: [] })
  const { storage } = lab
  const [one, other] = [
    await storage.createLun({ name: 'one', sizeBytes: mib }),
    await storage.createLun({ name: 'other', sizeBytes: 2 * mib }),
  ]
  const context = { root: join(lab.folder, 'root'), initiatorName }
  const nameOf = async (uri: string) => (await probeStorage(uri, context)).identity ?? ''
  return {
    ...lab,
    portal: `${storage.address}:${storage.port}`,
    context,
    one: { ...one, luname: `luname.${await nameOf(one.suri)}` },
    other: { ...other, luname: `luname.${await nameOf(other.suri)}` },
  }
}

test('Each logical unit tells its world-wide name, by which it is found among the targets of a portal', async () => {
  await using lab = await twoUnits()
  const { one, other, portal, context } = lab
  assert.match(one.luname, /^luname\.naa\.[0-9a-f]{32}$/)
  assert.notEqual(one.luname, other.luname)
  const sizes = await Promise.all(
    [one, other].map(
      async ({ luname }) => (await probeStorage(`iscsi://${portal}/${luname}`, context)).sizeBytes,
    ),
  )
  assert.deepEqual(sizes, [mib, 2 * mib])
  const { nodes } = await blockGraph(`iscsi://${portal}/${other.luname}`, 'disk0', context)
  assert.deepEqual([nodes[0]?.['target'], nodes[0]?.['lun']], [other.iqn, 1])
})

test('Without a host the portals count that the initiator of the host was told; without any that is said', async () => {
  await using lab = await twoUnits()
  const { other, context, storage } = lab
  const byName = `iscsi:///${other.luname}`
  await assert.rejects(probeStorage(byName, context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "${byName}": this host knows no iSCSI portal to look for it`,
    remedy: /iscsiadm -m discovery/,
  })
  const told = join(context.root, 'etc/iscsi/send_targets')
  // One that does not answer hides nothing.
  await mkdir(join(told, `${storage.address},1`), { recursive: true })
  await mkdir(join(told, `${storage.address},${storage.port}`))
  assert.equal((await probeStorage(byName, context)).sizeBytes, 2 * mib)
  assert.equal((await probeStorage(`iscsi:///target.${other.iqn},lun.1`, context)).sizeBytes, 2 * mib)
})

test('A name that no unit has is told with the place where it was looked for, and so is a portal that is down', async () => {
  await using lab = await twoUnits()
  const { portal, context } = lab
  const none = `iscsi://${portal}/luname.naa.600144f0db00000000000000000000ff`
  await assert.rejects(probeStorage(none, context), {
    code: 'STORAGE_UNREACHABLE',
    message: `Cannot open "${none}": ${portal} shows this host no logical unit of this name`,
  })
  await lab.storage.stop()
  await assert.rejects(probeStorage(none, context), { code: 'STORAGE_UNREACHABLE', message: /ECONNREFUSED/ })
})

test('A portal tells its targets in one answer or in many', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const names = Array.from({ length: 40 }, (_, index) => `${'long-name-'.repeat(18)}${index}`)
  for (const name of names) await lab.storage.createLun({ name, sizeBytes: mib })
  const portal = { host: lab.storage.address, port: lab.storage.port }
  const found = await discoverTargets(
    portal,
    { initiatorName, credentials: undefined },
    AbortSignal.timeout(20_000),
  )
  assert.deepEqual(
    found.map(({ target }) => target).toSorted(),
    names.map((name) => `iqn.2026-11.example.kzone:${name}`).toSorted(),
  )
  assert.ok(found.every(({ host, port }) => host === portal.host && port === portal.port))
})
