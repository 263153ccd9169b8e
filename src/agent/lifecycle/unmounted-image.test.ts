import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { mountOf } from '../../util/mount-of.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { migrationStatus } from '../operations/migration-status.ts'
import { nothingUnsettled, tryAgain } from '../outgoing/watch-unsettled.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { recoverSuspension } from './recover-suspension.ts'
import { suspendZone } from './suspend.ts'

const path = '/images/web1'
const still = { signal: new AbortController().signal, progress: () => undefined }

/** A zone that was killed with its machine when its image was whole and that was not noted yet. */
async function interrupted(t: TestContext) {
  const rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const { registry } = rig.host
  await registry.saveConfig('web1', `${tinyConfig}add suspend\nset path=${path}\nend\n`)
  await rig.startMachine(zone)
  await zone.requireRunning('test').machine.qemu.qmp.execute('cont')
  const updating = t.mock.method(registry, 'update')
  await suspendZone(rig.host, zone, still)
  const writing = updating.mock.calls[0]?.arguments[1].suspended
  updating.mock.restore()
  assert.equal(writing?.phase, 'writing')
  const image = join(rig.layout.root, path)
  return {
    rig,
    host: rig.host,
    zone,
    writing,
    image,
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

test('While the file system of an image is not mounted a suspension that was interrupted is not settled, and no guest given up', async (t) => {
  await using here = await interrupted(t)
  const { rig, host, zone, writing, image } = here
  assert.ok(writing !== undefined)
  assert.equal(writing.mount, await mountOf(dirname(image)))
  // As if it had been on another one.
  await host.registry.update(zone, { suspended: { ...writing, mount: 'nfs4 /images' } })
  await rename(image, `${image}.elsewhere`)
  const ways = [
    () => bootOrResume(host, zone, { bootargs: undefined, discard: false }, still),
    () =>
      migrateHandlers['zone/recover'](host, { zone: 'web1', environment: {}, targetIsGone: false }, still),
  ]
  for (const way of ways) {
    await assert.rejects(way(), {
      code: 'IMAGE_UNCERTAIN',
      message: /"\/images\/web1" cannot be read now: the file system .* not mounted \(nfs4 \/images\)$/,
      remedy: /^Once it can be read: zoneadm -z web1 boot\. /,
    })
  }
  const unsettled = nothingUnsettled()
  for (let time = 0; time < 3; time += 1) await tryAgain(host, zone, unsettled)
  assert.equal(rig.logged.filter((line) => line.includes('not mounted')).length, 1)
  assert.deepEqual([zone.record.suspended?.phase, zone.auxiliary], ['writing', ['suspended']])
  const held = { direction: 'suspension', hasMachine: false, place: path }
  assert.deepEqual(await migrationStatus(host, zone), held)
  await rename(`${image}.elsewhere`, image)
  await tryAgain(host, zone, unsettled)
  assert.deepEqual([zone.record.suspended?.phase, zone.auxiliary], ['whole', ['suspended']])
})

test('Where its file system is mounted, or that is not known, a missing image says that none was written', async (t) => {
  for (const isKnown of [true, false]) {
    await using here = await interrupted(t)
    const { host, zone, writing, image } = here
    assert.ok(writing !== undefined)
    const { mount, ...older } = writing
    await host.registry.update(zone, { suspended: isKnown ? { ...older, mount } : older })
    await rename(image, `${image}.elsewhere`)
    await recoverSuspension(host, zone)
    assert.deepEqual([zone.record.suspended, zone.state, zone.auxiliary], [undefined, 'installed', []])
  }
})
