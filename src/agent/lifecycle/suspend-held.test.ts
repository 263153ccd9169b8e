import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig } from '../../../test/fixtures/tiny-machine.ts'
import { QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { migrationStatus } from '../operations/migration-status.ts'
import { nothingUnsettled, tryAgain } from '../outgoing/watch-unsettled.ts'
import { suspendZone } from './suspend.ts'

const path = '/images/web1'
const still = { signal: new AbortController().signal, progress: () => undefined }

test('A guest that cannot be let go on after its suspension has failed is not forgotten: it goes on by --recover, or by itself', async (t) => {
  for (const way of ['by hand', 'by itself'] as const) {
    await using rig = await agentHost()
    const zone = await rig.zone('web1', 'installed')
    await rig.host.registry.saveConfig('web1', `${tinyConfig}add suspend\nset path=${path}\nend\n`)
    await rig.startMachine(zone)
    const { qmp } = zone.requireRunning('test').machine.qemu
    const isRunning = async () => (await qmp.execute('query-status')).running
    await qmp.execute('cont')
    const execute = qmp.execute.bind(qmp)
    const silent = t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
      const [command] = words
      if (['migrate', 'query-migrate'].includes(command))
        throw new QmpTimeoutError(`answer to "${command}"`, 'QEMU', 10_000)
      return execute(...words)
    }) as typeof qmp.execute)
    await assert.rejects(suspendZone(rig.host, zone, still), {
      code: 'NOT_TAKEN_BACK',
      message:
        /^zone 'web1': its suspension has failed, and its guest may stand still here, .* What had failed: /,
      remedy: /zoneadm -z web1 migrate --recover$/,
    })
    assert.deepEqual([zone.state, zone.auxiliary], ['running', ['suspending']])
    assert.match(
      zone.reason ?? '',
      /may stand still, .*; to let it go on: zoneadm -z web1 migrate --recover$/,
    )
    const held = { direction: 'suspension', hasMachine: true, place: path }
    assert.deepEqual(await migrationStatus(rig.host, zone), held)
    const unsettled = nothingUnsettled()
    for (let time = 0; time < 3; time += 1) await tryAgain(rig.host, zone, unsettled)
    assert.equal(rig.logged.filter((line) => line.includes('may stand still here')).length, 1)
    assert.equal(await isRunning(), false)
    silent.mock.restore()
    if (way === 'by itself') await tryAgain(rig.host, zone, unsettled)
    else {
      const params = { zone: 'web1', environment: {}, targetIsGone: false }
      const { lines } = await migrateHandlers['zone/recover'](rig.host, params, still)
      assert.deepEqual(lines, ['The zone is running here.'])
    }
    assert.equal(await isRunning(), true)
    assert.deepEqual([zone.auxiliary, zone.reason], [[], undefined])
    assert.deepEqual(await migrationStatus(rig.host, zone), { direction: 'none' })
    assert.deepEqual([zone.record.suspended, existsSync(join(rig.layout.root, path))], [undefined, false])
  }
})
