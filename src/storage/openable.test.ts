import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneError } from '../errors.ts'
import { parseExport } from '../zone/parse-export.ts'
import { notOfThisRelease } from '../zone/verify/not-of-this-release.ts'
import { blockGraph } from './storage.ts'

/** One URI of every form that the schemes have. */
const uris = [
  'dev:/dev/sdb',
  'file:///zones/disk',
  'iscsi://h/target.iqn.2026-11.org.example:t,lun.1',
  'iscsi://h:3261/target.iqn.2026-11.org.example:t,lun.1',
  'iscsi://127.0.0.1:1/luname.naa.600144F035FF8500000050C884E50001',
  'iscsi:///luname.naa.600144F035FF8500000050C884E50001',
  'lu:luname.naa.600144F035FF8500000050C884E50001',
  'nfs://root:root@h/path/disk',
  'nfs://h:2049/path/disk',
  'nfs://h:1000/path/disk',
  'nbd://h/export',
  'nbds://h/export',
  'rbd:pool/image',
]

for (const uri of uris) {
  test(`zonecfg warns of "${uri}" exactly if no driver opens it`, async () => {
    const config = parseExport(
      `create -b\nset brand=solaris-kz\nadd device\nset storage=${uri}\nset id=0\nend\n`,
    )
    const warnings = notOfThisRelease(config, { zonename: 'web1' })
    const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
    const open = () => blockGraph(uri, 'disk0', context)
    // That it is not there, or that this host has no credentials, is another matter.
    const code = await open().then(
      () => undefined,
      (error: ZoneError) => error.code,
    )
    assert.ok([undefined, 'SURI_UNSUPPORTED', 'STORAGE_UNREACHABLE'].includes(code), code)
    assert.equal(code === 'SURI_UNSUPPORTED', warnings.length > 0, code)
  })
}
