import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { sendAll } from '../../test/fixtures/agent/send-all.ts'
import { scriptedTarget } from '../../test/fixtures/peer/scripted-target.ts'
import { journalPath } from '../migration/journal.ts'
import { isAlive } from '../util/process-identity.ts'
import { retryUntil } from '../util/retry-until.ts'
import { migrateHandlers } from './operations/migrate.ts'
import { nothingUnsettled, tryAgain } from './outgoing/watch-unsettled.ts'
import { takeUp } from './take-up.ts'
import { writeRecord } from './zone-record.ts'

const name = 'web1'

/** A zone of which all was sent when zonesd was killed, and whose QEMU gives the next one no answer. */
async function silentSource() {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await agentHost())
  const target = undo.use(await scriptedTarget({ 'peer/abort': { result: { status: 'none' } } }))
  const before = await rig.zone(name, 'installed')
  await rig.startMachine(before)
  const { qemu } = before.requireRunning('test').machine
  await qemu.qmp.execute('cont')
  await sendAll(before)
  const { uri, environment } = target
  const journal = journalPath(rig.layout.zoneFolder(name))
  const migrationId: string = crypto.randomUUID()
  const outgoing = { schema: 1, direction: 'out', migrationId, zone: name, target: uri, environment }
  await writeRecord(journal, outgoing)
  const answer = await rig.silence(name)
  const host = await rig.restart()
  const zone = host.registry.get(name)
  await assert.rejects(takeUp(host, zone), { code: 'QEMU_SILENT' })
  const kept = undo.move()
  return {
    host,
    zone,
    target,
    journal,
    identity: qemu.identity,
    answer,
    recover: (targetIsGone = false) =>
      migrateHandlers['zone/recover'](
        host,
        { zone: name, environment, targetIsGone },
        { signal: new AbortController().signal, progress: () => undefined },
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

test('A zone whose QEMU is silent when zonesd starts is held until it answers; then its guest goes on', async () => {
  for (const by of ['operator', 'watch'] as const) {
    await using here = await silentSource()
    const { host, zone, target } = here
    assert.deepEqual([zone.state, zone.moving, zone.running], ['unavailable', 'migrating-out', undefined])
    const unsettled = nothingUnsettled()
    for (const isGone of [false, true]) await assert.rejects(here.recover(isGone), { code: 'QEMU_SILENT' })
    for (let time = 0; time < 3; time += 1) await tryAgain(host, zone, unsettled)
    await assert.rejects(host.registry.update(zone, { state: 'configured' }), { code: 'QEMU_SILENT' })
    assert.deepEqual([await target.calls(), existsSync(here.journal)], [[], true])
    await here.answer()
    if (by === 'operator') assert.deepEqual((await here.recover()).lines, ['The zone is running here.'])
    else await tryAgain(host, zone, unsettled)
    const isSettled = () => (zone.moving ?? zone.operation) === undefined || undefined
    assert.equal(await retryUntil(isSettled, { timeoutMs: 20_000, intervalMs: 20 }), true)
    const { running } = await zone.requireRunning('test').machine.qemu.qmp.execute('query-status')
    assert.deepEqual([running, zone.state, zone.record.state], [true, 'running', 'installed'])
    assert.equal(existsSync(here.journal), false)
  }
})

test('A silent QEMU that the operator has killed is one that has ended: the zone can be settled', async () => {
  await using here = await silentSource()
  const { identity, zone } = here
  process.kill(identity.pid, 'SIGKILL')
  const isGone = async () => ((await isAlive(identity)) ? undefined : true)
  assert.equal(await retryUntil(isGone, { timeoutMs: 10_000, intervalMs: 10 }), true)
  await here.recover()
  assert.deepEqual([zone.state, zone.moving, existsSync(here.journal)], ['installed', undefined, false])
})

test('A zone whose journal cannot be read is held, as it may run elsewhere, until its operator has moved the journal away', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone(name, 'installed')
  const journal = journalPath(rig.layout.zoneFolder(name))
  await mkdir(dirname(journal), { recursive: true })
  await writeFile(journal, '{')
  const damaged = { code: 'FILE_DAMAGED', remedy: new RegExp(`: mv ${journal} `) }
  await assert.rejects(takeUp(rig.host, zone), damaged)
  assert.throws(() => zone.begin('boot'), {
    code: 'MIGRATION_UNSETTLED',
    remedy: 'zoneadm -z web1 migrate --recover',
  })
  const call = { signal: new AbortController().signal, progress: () => undefined }
  const params = { zone: name, environment: {}, targetIsGone: false }
  const recover = () => migrateHandlers['zone/recover'](rig.host, params, call)
  const unsettled = nothingUnsettled()
  for (let time = 0; time < 3; time += 1) await tryAgain(rig.host, zone, unsettled)
  await assert.rejects(recover(), damaged)
  assert.equal(zone.moving, 'migrating-out')
  await rename(journal, `${journal}.damaged`)
  await recover()
  assert.deepEqual([zone.state, zone.moving], ['installed', undefined])
})
