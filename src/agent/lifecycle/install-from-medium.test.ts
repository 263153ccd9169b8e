import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { heard } from '../../../test/fixtures/agent/heard.ts'
import { config, hostNamed, options, ownerOf, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { says, tinyInstaller } from '../../../test/fixtures/tiny-installer.ts'
import { bootRecord } from '../outgoing/source-zone.ts'
import { bootZone } from './boot.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { installFromMedium } from './install-from-medium.ts'
import { haltZone } from './stop.ts'

const medium = 'file:///setup.iso'
const quiet = () => undefined

/** A host with a medium, and a zone whose disk is not there yet. */
async function hostWithMedium() {
  const rig = await hostNamed('alpha')
  await writeFile(join(rig.rig.layout.root, 'setup.iso'), tinyInstaller())
  return rig
}

test('A zone is installed by the medium that it is booted from, and starts from its disk when the installer resets it', async () => {
  await using alpha = await hostWithMedium()
  const { rig, zone, disk } = alpha
  const lines: string[] = []
  await installFromMedium(rig.host, zone, { ...options, medium }, still, (value) => {
    if (value.kind === 'line') lines.push(value.text)
  })
  assert.match(
    lines.join('\n'),
    /Booted from file:\/\/\/setup.iso; its installer is on the console: zlogin -C web1/,
  )
  const console = await heard(rig.layout.zloginSocket('web1'), says.disk)
  assert.equal(console.split(says.installer).length, 2, 'the medium was booted once')
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'running', 1])
  const boot = await bootRecord(zone.requireRunning('test'))
  assert.ok('known' in boot && boot.known.devices.some(({ kind }) => kind === 'ide-cd'))
  await haltZone(rig.host, zone)
  await using file = await open(disk)
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0)
  assert.ok(buffer.includes('from the disk'))

  await bootZone(rig.host, zone, {})
  await heard(rig.layout.zloginSocket('web1'), says.disk)
  const { spec } = zone.requireRunning('test').machine
  assert.equal(spec.medium, undefined, 'the drive is gone')
  await haltZone(rig.host, zone)

  await bootZone(rig.host, zone, { medium })
  assert.match(await heard(rig.layout.zloginSocket('web1'), says.disk), new RegExp(says.installer))
  await haltZone(rig.host, zone)
})

test('A medium that is not there is told before a zone boots', async () => {
  await using alpha = await hostWithMedium()
  const { rig, zone } = alpha
  await installFromMedium(rig.host, zone, { ...options, medium }, still, quiet)
  await haltZone(rig.host, zone)
  const boot = bootOrResume(
    rig.host,
    zone,
    { medium: 'file:///nowhere.iso', discard: true },
    { signal: still, progress: quiet },
  )
  await assert.rejects(boot, { code: 'STORAGE_UNREACHABLE', message: /nowhere\.iso/ })
  assert.deepEqual([zone.state, zone.running], ['installed', undefined])
})

test('A medium that is not there, or cannot be booted, leaves nothing of an installation', async () => {
  await using alpha = await hostWithMedium()
  const { rig, zone, disk } = alpha
  const install = (uri: string) =>
    installFromMedium(rig.host, zone, { ...options, medium: uri }, still, quiet)
  await assert.rejects(install('file:///nowhere.iso'), { code: 'STORAGE_UNREACHABLE' })
  assert.deepEqual([zone.state, existsSync(disk)], ['configured', false])
  await rig.host.registry.saveConfig('web1', config.replace('32M', '1000G'))
  await assert.rejects(install(medium), { code: 'NO_MEMORY' })
  assert.deepEqual([zone.state, zone.running, existsSync(disk)], ['configured', undefined, false])
})
