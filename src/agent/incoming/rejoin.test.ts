import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { migrationStatus } from '../operations/migration-status.ts'
import { readRecord, runRecord } from '../zone-record.ts'
import { recoverFilling } from './recover-here.ts'
import { rejoinIncoming } from './rejoin.ts'
import { streamStatus } from './stream-status.ts'
import { watchFilling } from './watch-filling.ts'

const migrationId: string = crypto.randomUUID()
const params = { migrationId, zone: 'web1', isOnlyAsked: false }

test('A source is told that nothing needs the rest of a guest that does not run, or came with another migration', async () => {
  await using rig = await agentHost()
  assert.deepEqual(await rejoinIncoming(rig.host, params), { status: 'ended' })
  const zone = await rig.zone('web1', 'installed')
  assert.deepEqual(await rejoinIncoming(rig.host, params), { status: 'ended' })
  await rig.startMachine(zone)
  assert.deepEqual(await rejoinIncoming(rig.host, params), { status: 'ended' })
})

test('A source is told that a guest has all of its memory', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  await rig.host.registry.update(zone, { arrival: migrationId })
  assert.deepEqual(await rejoinIncoming(rig.host, params), { status: 'whole' })
})

test('A source is told that QEMU answers nothing', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  await rig.host.registry.update(zone, { arrival: migrationId })
  const pid = zone.running?.machine.qemu.identity.pid ?? assert.fail()
  process.kill(pid, 'SIGSTOP')
  try {
    assert.deepEqual(await rejoinIncoming(rig.host, params), { status: 'stuck' })
  } finally {
    process.kill(pid, 'SIGCONT')
  }
})

test('A source that has lost its half is believed, also by the next zonesd, unless nothing was missing', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  await rig.host.registry.update(zone, { arrival: migrationId })
  const lost = { ...params, isOnlyAsked: true, isHalfGone: true }
  assert.deepEqual(await rejoinIncoming(rig.host, lost), { status: 'whole' })
  assert.equal(zone.filling, undefined)
  const pid = zone.running?.machine.qemu.identity.pid ?? assert.fail()
  process.kill(pid, 'SIGSTOP')
  try {
    assert.deepEqual(await rejoinIncoming(rig.host, lost), { status: 'filling' })
    assert.equal(zone.filling, 'lost')
    assert.deepEqual(await migrationStatus(rig.host, zone), {
      direction: 'filling',
      isBroken: true,
      isLost: true,
    })
    assert.throws(() => recoverFilling(zone), {
      code: 'GUEST_LOST',
      remedy: /halt, then zoneadm -z web1 boot/,
    })
    const written = await readRecord(rig.host.layout.runRecord('web1'), runRecord)
    assert.equal(written?.isHalfGone, true)
    zone.filling = undefined
    await watchFilling(rig.host, zone)
    assert.equal(zone.filling, 'lost')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  // QEMU had been silent, and nothing was missing after all.
  await watchFilling(rig.host, zone)
  assert.equal(zone.filling, undefined)
})

test('What QEMU takes out of band it takes while its main thread waits, and it is asked nothing twice', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  const { qmp } = zone.running?.machine.qemu ?? assert.fail()
  const filename = join(rig.host.layout.root, 'fifo')
  execFileSync('mkfifo', [filename])
  // It waits for whoever reads from there.
  const saved = qmp.execute('pmemsave', { val: 0, size: 1, filename })
  assert.deepEqual(await Promise.all([streamStatus(qmp), streamStatus(qmp)]), [undefined, undefined])
  await assert.rejects(qmp.executeOutOfBand('migrate-pause', {}, { timeoutMs: 5_000 }), {
    code: 'QMP_REFUSED',
  })
  const reader = await open(filename, 'r')
  await reader.read()
  await saved
  assert.equal(await streamStatus(qmp), 'none')
  await reader.close()
})
