import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { mock, test } from 'node:test'
import type { AgentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { config, suspendableZone } from '../../../test/fixtures/agent/suspendable-zone.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { isAlive } from '../../util/process-identity.ts'
import type { Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { bootOrResume, requireNotSuspended } from './boot-or-resume.ts'
import { recoverSuspension } from './recover-suspension.ts'
import { suspendZone } from './suspend.ts'

const still = { signal: new AbortController().signal, progress: () => undefined }

const statusOf = async (zone: Zone) => {
  const { qmp } = zone.requireRunning('test').machine.qemu
  return (await qmp.execute('query-status', {}, { schema: statusSchema })).status
}

/** What the next zonesd makes of the zone. */
async function recovered(rig: AgentHost, start: 'restart' | 'reboot' = 'restart') {
  const host = await rig[start]()
  const zone = host.registry.get('web1')
  await recoverSuspension(host, zone)
  return { host, zone }
}

const boot = (
  host: Host,
  zone: Zone,
  { bootargs, discard = false }: { bootargs?: string; discard?: boolean } = {},
) => bootOrResume(host, zone, { bootargs, discard }, still)

test('A zone is suspended: its machine is gone, its image is there, and both for root alone', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  const { identity } = zone.requireRunning('test').machine.qemu
  const lines: string[] = []
  const progress = (value: Progress) => value.kind === 'line' && lines.push(value.text)
  await suspendZone(rig.host, zone, { ...still, progress: (value) => void progress(value) })
  assert.equal(await isAlive(identity), false)
  assert.deepEqual([zone.state, zone.auxiliary], ['installed', ['suspended']])
  assert.equal((await stat(image)).mode & 0o777, 0o600)
  assert.equal((await stat(rig.layout.key('web1'))).mode & 0o777, 0o600)
  assert.match(lines.join('\n'), /Suspending zone to \/images\/web1/)
  const key = (await readFile(rig.layout.key('web1'), 'utf8')).trim()
  for (const text of [JSON.stringify(zone.record), rig.logged.join('\n'), lines.join('\n')]) {
    assert.equal(text.includes(key), false)
  }
})

test('At the next boot the guest goes on, even by another zonesd, and its image is removed', async () => {
  await using here = await suspendableZone()
  const { rig, image } = here
  await suspendZone(rig.host, here.zone, still)
  const { host, zone } = await recovered(rig, 'reboot')
  assert.deepEqual([zone.state, zone.auxiliary], ['installed', ['suspended']])
  await boot(host, zone)
  assert.equal(await statusOf(zone), 'running')
  assert.deepEqual([zone.state, zone.auxiliary, zone.record.suspended], ['running', [], undefined])
  assert.equal(existsSync(image), false)
  await suspendZone(host, zone, still)
  assert.equal(zone.isSuspended, true)
})

test('With --discard the zone boots from its disk, and the image is gone', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  await suspendZone(rig.host, zone, still)
  await assert.rejects(boot(rig.host, zone, { bootargs: '-s' }), { code: 'RESUME_ARGUMENTS' })
  assert.throws(() => requireNotSuspended('detach', zone), {
    code: 'ZONE_SUSPENDED',
    message: /\/images\/web1/,
  })
  await boot(rig.host, zone, { discard: true }).catch((error: Error) => {
    // The tiny machine is not one that its configuration would boot; the image is given up before that shows.
    assert.notEqual(error.message, '')
  })
  assert.equal(existsSync(image), false)
  assert.equal(zone.isSuspended, false)
})

test('Without a suspend resource, or over a file of somebody else: refused, and the guest runs', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  const suspend = () => suspendZone(rig.host, zone, still)
  await rig.host.registry.saveConfig('web1', tinyConfig)
  await assert.rejects(suspend(), { code: 'NO_SUSPEND', remedy: /add suspend; set path=/ })
  await rig.host.registry.saveConfig('web1', config)
  await mkdir(dirname(image), { recursive: true })
  await writeFile(image, 'the letters of a lifetime')
  await assert.rejects(suspend(), { code: 'PLACE_TAKEN' })
  assert.equal(await readFile(image, 'utf8'), 'the letters of a lifetime')
  assert.equal(await statusOf(zone), 'running')
  assert.equal(zone.record.suspended, undefined)
})

test('A cancel in the middle lets the guest go on and leaves no image', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  const controller = new AbortController()
  const progress = (value: Progress) => {
    if (value.kind === 'transfer') controller.abort(new Error('cancelled'))
  }
  await assert.rejects(suspendZone(rig.host, zone, { signal: controller.signal, progress }), /cancelled/)
  assert.equal(await statusOf(zone), 'running')
  assert.deepEqual([zone.record.suspended, existsSync(image)], [undefined, false])
})

test('If what was suspended cannot be written down, the guest goes on and the image is gone', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  const { registry } = rig.host
  const update = registry.update.bind(registry)
  mock.method(registry, 'update', (target: Zone, change: Parameters<typeof update>[1]) => {
    if (change.suspended?.phase === 'whole') throw new Error('no space left')
    return update(target, change)
  })
  await assert.rejects(suspendZone(rig.host, zone, still), {
    code: 'SUSPEND_FAILED',
    message: /goes on running here/,
  })
  assert.equal(await statusOf(zone), 'running')
  assert.deepEqual([zone.record.suspended, existsSync(image)], [undefined, false])
})

/** Runs a suspension whose zonesd is killed when the record comes to a phase: nothing after it is done. */
async function killedAt(phase: 'writing' | 'whole', here: { rig: AgentHost; zone: Zone }): Promise<void> {
  const { registry } = here.rig.host
  const update = registry.update.bind(registry)
  const killed = Promise.withResolvers<void>()
  mock.method(registry, 'update', async (target: Zone, change: Parameters<typeof update>[1]) => {
    // Before it is written: the image is whole by then.
    if (phase === 'whole' && change.suspended?.phase === 'whole') {
      killed.resolve()
      await new Promise(() => undefined)
    }
    await update(target, change)
    if (change.suspended?.phase === phase) {
      killed.resolve()
      await new Promise(() => undefined)
    }
  })
  void suspendZone(here.rig.host, here.zone, still)
  await killed.promise
}

for (const phase of ['writing', 'whole'] as const) {
  test(`Killed at "${phase}" with the machine alive, the guest goes on`, async () => {
    await using here = await suspendableZone()
    await killedAt(phase, here)
    const { zone } = await recovered(here.rig)
    assert.equal(await statusOf(zone), 'running')
    assert.deepEqual([zone.record.suspended, existsSync(here.image)], [undefined, false])
  })
}

test('Killed with its machine before the image was whole, the zone is installed and says why', async () => {
  await using here = await suspendableZone()
  await killedAt('writing', here)
  const { zone } = await recovered(here.rig, 'reboot')
  assert.deepEqual([zone.state, zone.auxiliary, zone.record.suspended], ['installed', [], undefined])
  assert.match(zone.reason ?? '', /ended while it was being suspended/)
})

test('Killed with its machine when the image was whole but not noted, the zone is suspended', async () => {
  await using here = await suspendableZone()
  await killedAt('whole', here)
  const { host, zone } = await recovered(here.rig, 'reboot')
  assert.deepEqual([zone.state, zone.auxiliary], ['installed', ['suspended']])
  await boot(host, zone)
  assert.equal(await statusOf(zone), 'running')
})

test('Of a guest that was about to go on when zonesd and its machine ended, the image is not used again', async () => {
  await using here = await suspendableZone()
  const { rig, zone } = here
  await suspendZone(rig.host, zone, still)
  const { suspended } = zone.record
  assert.ok(suspended !== undefined)
  await rig.host.registry.update(zone, { suspended: { ...suspended, phase: 'resuming' } })
  const after = await recovered(rig, 'reboot')
  assert.deepEqual([after.zone.state, after.zone.auxiliary], ['installed', []])
  assert.equal(existsSync(here.image), false)
})

test('A damaged, missing or foreign image, or another key: named, and the zone stays suspended', async () => {
  await using here = await suspendableZone()
  const { rig, zone, image } = here
  await suspendZone(rig.host, zone, still)
  const whole = await readFile(image)
  const keyFile = rig.layout.key('web1')
  const key = await readFile(keyFile)
  const damaged = Buffer.from(whole)
  const last = damaged.length - 5
  damaged[last] = (damaged[last] ?? 0) ^ 1
  const cases = [
    ['IMAGE_DAMAGED', () => writeFile(image, damaged)],
    ['IMAGE_DAMAGED', () => writeFile(image, whole.subarray(0, 4200))],
    ['IMAGE_MISSING', () => writeFile(image, 'nothing of the kind')],
    ['IMAGE_MISSING', () => rm(image)],
    ['KEY_WRONG', () => writeFile(keyFile, `${'ab'.repeat(32)}\n`)],
    ['KEY_MISSING', () => rm(keyFile)],
  ] as const
  for (const [code, harm] of cases) {
    await harm()
    await assert.rejects(boot(rig.host, zone), (error: Error & { code?: string; remedy?: string }) => {
      assert.equal(error.code, code, error.message)
      assert.match(error.remedy ?? '', /boot --discard/)
      return true
    })
    assert.deepEqual([zone.state, zone.auxiliary, zone.running], ['installed', ['suspended'], undefined])
    await writeFile(image, whole)
    await writeFile(keyFile, key)
  }
  await boot(rig.host, zone)
  assert.equal(await statusOf(zone), 'running')
})

test('A configuration that would give the guest another machine refuses the boot, and says what differs', async () => {
  await using here = await suspendableZone()
  const { rig, zone } = here
  await suspendZone(rig.host, zone, still)
  await rig.host.registry.saveConfig('web1', config.replace('ncpus=1', 'ncpus=2'))
  await assert.rejects(boot(rig.host, zone), {
    code: 'CONFIG_CHANGED',
    exit: 3,
    message: /virtual CPUs: 1 then, 2 now/,
  })
  assert.equal(zone.isSuspended, true)
  await rig.host.registry.saveConfig('web1', `${config}set autoboot=true\n`)
  const lines: string[] = []
  await bootOrResume(
    rig.host,
    zone,
    { bootargs: undefined, discard: false },
    { ...still, progress: (value) => void (value.kind === 'line' && lines.push(value.text)) },
  )
  assert.match(lines.join('\n'), /configuration is not the one that the guest booted with/)
})
