import assert from 'node:assert/strict'
import { existsSync, ftruncateSync, mkdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { config, hostNamed, options, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { readRecord, type ZoneRecord, zoneRecord } from '../zone-record.ts'
import { installZone, uninstallZone } from './install.ts'
import { verifyZone } from './verify.ts'

test('What an interrupted installation may have made is known to zonesd, and told by uninstall', async (t) => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  await using any = await open(join(rig.layout.root, 'any'), 'w')
  const handles = Object.getPrototypeOf(any) as FileHandle
  let noted: ZoneRecord | undefined
  t.mock.method(handles, 'truncate', async function look(this: FileHandle, length: number) {
    noted = await readRecord(rig.layout.state('web1'), zoneRecord)
    ftruncateSync(this.fd, length)
  })
  await installZone(rig.host, zone, options, still)
  assert.deepEqual([noted?.state, noted?.createdDevices, noted?.making], ['incomplete', [], 0])
  assert.deepEqual([zone.record.createdDevices, zone.record.making], [[0], undefined])
  // As if zonesd had been killed there.
  await rig.host.registry.update(zone, { ...noted, hostData: undefined })
  const lines: unknown[] = []
  await uninstallZone(rig.host, zone, (line) => lines.push(line))
  assert.match(JSON.stringify(lines), /file:\/\/\/disk may have been made .*suriadm delete file:\/\/\/disk"/)
  assert.deepEqual([existsSync(disk), zone.state, zone.record.making], [true, 'configured', undefined])
})

test('What a failed installation cannot remove again stays known until it is uninstalled', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const image = { path: '/none', format: 'raw' } as const
  const replace = () => {
    rmSync(disk)
    mkdirSync(disk)
  }
  const install = installZone(rig.host, zone, { ...options, image }, still, replace)
  await assert.rejects(install, { code: /COMMAND_FAILED|STORAGE_UNREACHABLE/ })
  assert.deepEqual([zone.state, zone.record.createdDevices], ['incomplete', [0]])
  assert.match(zone.record.reason ?? '', /^file:\/\/\/disk was made for it and cannot be removed: /)
  assert.match(rig.logged.join('\n'), /zone 'web1': file:\/\/\/disk was made for it/)
  await rmdir(disk)
  await uninstallZone(rig.host, zone)
  assert.deepEqual([zone.state, zone.record.createdDevices], ['configured', []])
})

test('A kernel that cannot be read is told with what to look at, and nothing is left', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  await assert.rejects(installZone(rig.host, zone, { ...options, kernel: '/none' }, still), {
    code: 'FILE_UNREADABLE',
    remedy: /ls -lL \/none$/,
  })
  assert.deepEqual([zone.state, existsSync(disk)], ['configured', false])
})

test('Storage that does not stand verification is told with what shows how it is', async () => {
  await using alpha = await hostNamed('alpha', config.replace('file:///disk', 'dev:/dev/null'))
  const [problem] = await verifyZone(alpha.rig.host, alpha.zone)
  assert.match(problem?.message ?? '', /dev\/null/)
  assert.match(problem?.remedy ?? '', /suriadm lookup-mapping dev:\/dev\/null$/)
})
