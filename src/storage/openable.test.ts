import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../zone/parse-export.ts'
import { notOfThisRelease } from '../zone/verify/not-of-this-release.ts'
import { blockNodes } from './storage.ts'

/** One URI of every form that the schemes have. */
const uris = [
  'dev:/dev/sdb',
  'file:///zones/disk',
  'iscsi://h/target.iqn.2026-11.org.example:t,lun.1',
  'iscsi://h:3261/target.iqn.2026-11.org.example:t,lun.1',
  'iscsi://h/luname.naa.600144F035FF8500000050C884E50001',
  'iscsi:///luname.naa.600144F035FF8500000050C884E50001',
  'lu:luname.naa.600144F035FF8500000050C884E50001',
  'nfs://user:group@h/path/disk',
  'nbd://h/export',
  'rbd:pool/image',
]

for (const uri of uris) {
  test(`zonecfg warns of "${uri}" exactly if no driver opens it`, () => {
    const config = parseExport(
      `create -b\nset brand=solaris-kz\nadd device\nset storage=${uri}\nset id=0\nend\n`,
    )
    const warnings = notOfThisRelease(config, { zonename: 'web1' })
    const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
    const open = () => blockNodes(uri, 'disk0', context)
    if (warnings.length === 0) open()
    else assert.throws(open, { code: 'SURI_UNSUPPORTED' })
  })
}
