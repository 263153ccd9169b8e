import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../../zone/parse-export.ts'
import { printExport } from '../../zone/print-export.ts'
import { withStorage } from './commit.ts'

test('Only the storage of the disks that were moved changes in a configuration', () => {
  const device = (id: number, storage: string) => `add device\nset id=${id}\nset storage=${storage}\nend\n`
  const config = (storage: string) =>
    parseExport(
      `create -b\nset brand=solaris-kz\n${device(0, 'file:///a')}${device(1, storage)}add net\nset id=1\nset physical=net0\nend\n`,
    )
  const moved = withStorage(config('file:///b'), [
    { id: 1, to: 'iscsi://h/target.iqn.2026-01.example:x,lun.1' },
  ])
  assert.equal(printExport(moved), printExport(config('iscsi://h/target.iqn.2026-01.example:x,lun.1')))
  assert.deepEqual(withStorage(config('file:///b'), [{ id: 7, to: 'file:///c' }]), config('file:///b'))
})
