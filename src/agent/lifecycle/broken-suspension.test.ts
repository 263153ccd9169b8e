import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { suspendableZone } from '../../../test/fixtures/agent/suspendable-zone.ts'
import { QmpClosedError } from '../../qmp/qmp-errors.ts'
import type { Progress } from '../api.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { suspendZone } from './suspend.ts'

const still = { signal: new AbortController().signal, progress: () => undefined }

/** A zone that runs, and what can come over it as it is suspended or resumed. */
async function runningZone() {
  const here = await suspendableZone()
  const { rig, zone } = here
  return {
    ...here,
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
