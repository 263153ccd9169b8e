import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExport } from '../parse-export.ts'
import { notOfThisRelease } from './not-of-this-release.ts'

function warnings(script: string): string[] {
  return notOfThisRelease(parseExport(script), { zonename: 'kz1' }).map(({ severity, message }) => {
    assert.equal(severity, 'warning')
    return message
  })
}

test('a cpu-arch that is no class is told to be a CPU model of QEMU', () => {
  for (const known of ['generic', 'migration-class1', 'migration-class2', 'migration-class3'])
    assert.deepEqual(warnings(`create -b; set cpu-arch=${known}`), [])
  assert.deepEqual(warnings('create -b; set cpu-arch=Skylake-Server'), [
    `cpu-arch: "Skylake-Server" is none of generic, migration-class1, migration-class2, migration-class3; it is taken as one of QEMU's own CPU models`,
  ])
})

test('storage that this release cannot open is told, other storage is not', () => {
  const cases: readonly (readonly [storage: string, what: string | undefined])[] = [
    ['dev:sda', undefined],
    ['file:///disks/%{zonename}', undefined],
    ['iscsi://10.0.0.1/target.iqn.2020-01.org.example:a,lun.0', undefined],
    ['iscsi://10.0.0.1/luname.naa.600144f03d70c80000004ea57da10001', undefined],
    ['nfs://u:g@10.0.0.1:1000/share/%{zonename}', '"nfs" storage at a port of its own'],
    ['nbd://10.0.0.1/a', undefined],
    ['rbd:pool/image', undefined],
    ['lu:luname.naa.600144f03d70c80000004ea57da10001', undefined],
  ]
  for (const [storage, what] of cases) {
    const expected =
      what === undefined ? [] : [`device 0: storage is stored, but this release cannot open ${what}`]
    assert.deepEqual(warnings(`create -b; add device; set storage=${storage}; set id=0; end`), expected)
  }
})
