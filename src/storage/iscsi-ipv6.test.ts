import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { isInOwnNetwork, runInOwnNetwork } from '../../test/fixtures/in-own-network.ts'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { IscsiServer } from '../../test/hosts/iscsi-server.ts'
import { whyNoNamespaces } from '../../test/hosts/requirement.ts'
import { probeStorage } from './storage.ts'

const mib = 1024 ** 2

if (!isInOwnNetwork) {
  const skip = whyNoNamespaces()
  test(
    'The driver for iscsi reaches a real target by IPv6',
    { ...(skip === undefined ? {} : { skip }) },
    () => runInOwnNetwork(import.meta.filename),
  )
} else {
  test('A logical unit at an IPv6 address is opened by target and by name, with the usual port and another', async () => {
    await using folder = await temporaryFolder()
    const context = { root: folder.path, initiatorName: 'iqn.2026-11.org.kzone:test' }
    for (const port of [3260, 3261]) {
      const server = new IscsiServer({
        label: 'kzone-ipv6',
        folder: join(folder.path, `${port}`),
        address: '::1',
        port,
        prefix: [],
      })
      await server.start()
      const lun = await server.createLun({ name: 'web1', sizeBytes: mib })
      const portal = port === 3260 ? '[::1]' : `[::1]:${port}`
      const { identity = '' } = await probeStorage(`iscsi://${portal}/target.${lun.iqn},lun.1`, context)
      assert.match(identity, /^naa\./)
      const byName = await probeStorage(`iscsi://${portal}/luname.${identity}`, context)
      assert.deepEqual([byName.sizeBytes, byName.identity], [mib, identity])
      await server.stop()
    }
  })
}
