import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { QmpClosedError } from '../../qmp/qmp-errors.ts'
import type { Progress } from '../api.ts'
import type { Zone } from '../zone.ts'
import { writeRecord, type ZoneRecord } from '../zone-record.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { suspendZone } from './suspend.ts'

const path = '/images/web1'
const config = `${tinyConfig}add suspend\nset path=${path}\nend\nadd virtual-cpu\nset ncpus=1\nend\n`
const still = { signal: new AbortController().signal, progress: () => undefined }

/** A zone that runs, with a place for its image. */
async function runningZone() {
  const rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.host.registry.saveConfig('web1', config)
  await rig.startMachine(zone)
  const running = zone.requireRunning('test')
  running.record = { ...running.record, configText: config }
  await writeRecord(rig.layout.runRecord('web1'), running.record)
  await running.machine.qemu.qmp.execute('cont')
  return {
    rig,
    zone,
    image: join(rig.layout.root, path),
    boot: () => bootOrResume(rig.host, zone, { bootargs: undefined, discard: false }, still),
    /** Calls when the record of what is suspended comes to a phase. */
    at(t: TestContext, phase: string, call: () => Promise<void>) {
      const { registry } = rig.host
      const update = registry.update.bind(registry)
      t.mock.method(registry, 'update', async (target: Zone, change: Partial<ZoneRecord>) => {
        await update(target, change)
        if (change.suspended?.phase === phase) await call()
      })
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

async function killMachine(zone: Zone): Promise<void> {
  const { qemu } = zone.requireRunning('kill').machine
  process.kill(qemu.identity.pid, 'SIGKILL')
  await qemu.qmp.closed
}

test('If the machine ends while its guest is being suspended, the command that boots it is named', async () => {
  await using here = await runningZone()
  const { rig, zone, image } = here
  const progress = (value: Progress) => {
    const { identity } = zone.requireRunning('kill').machine.qemu
    if (value.kind === 'line') process.kill(identity.pid, 'SIGKILL')
  }
  await assert.rejects(suspendZone(rig.host, zone, { ...still, progress }), {
    message: /its machine ended while it was being suspended/,
    remedy: 'zoneadm -z web1 boot',
  })
  assert.deepEqual([zone.state, zone.record.suspended, existsSync(image)], ['installed', undefined, false])
})

test('If the machine ends before it is told to go on, the guest stays suspended, and goes on at the next boot', async (t) => {
  await using here = await runningZone()
  const { rig, zone, image, boot } = here
  await suspendZone(rig.host, zone, still)
  here.at(t, 'resuming', () => killMachine(zone))
  await assert.rejects(boot(), { message: /it stays suspended$/, remedy: 'zoneadm -z web1 boot' })
  t.mock.restoreAll()
  assert.deepEqual([zone.state, zone.isSuspended, existsSync(image)], ['installed', true, true])
  await boot()
  assert.deepEqual([zone.state, existsSync(image)], ['running', false])
})

test('If the machine ends when it was told to go on, the image is older than the disks, and the command that boots it is named', async (t) => {
  await using here = await runningZone()
  const { rig, zone, image, boot } = here
  await suspendZone(rig.host, zone, still)
  here.at(t, 'resuming', async () => {
    const { qmp } = zone.requireRunning('test').machine.qemu
    const execute = qmp.execute.bind(qmp)
    t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
      if (words[0] !== 'cont') return execute(...words)
      await killMachine(zone)
      throw new QmpClosedError('No answer to "cont"', new Error('closed'))
    }) as typeof qmp.execute)
  })
  await assert.rejects(boot(), { message: /ended in the moment when/, remedy: 'zoneadm -z web1 boot' })
  assert.deepEqual([zone.isSuspended, existsSync(image)], [false, false])
})
