import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { ZoneError } from '../../errors.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { explainedByEnd } from './machine-ended.ts'

const name = 'web1'
const consequence = new Error('QMP socket closed the connection')

test('A migration that failed because the machine ended says so, and what to type', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone(name, 'installed')
  await rig.startMachine(zone)
  const before = zone.requireRunning('test')
  const { identity } = before.machine.qemu
  assert.equal(await explainedByEnd(zone, before, consequence), consequence, 'the machine lives')

  process.kill(identity.pid, 'SIGKILL')
  const ended = async () => ((await isAlive(identity)) ? undefined : true)
  await retryUntil(ended, { timeoutMs: 10_000, intervalMs: 5 })
  const { message, code, remedy } = (await explainedByEnd(zone, before, consequence)) as ZoneError
  assert.equal(code, 'MACHINE_ENDED')
  assert.match(message, /^zone 'web1': its machine ended while it was being migrated; .* installed here/)
  assert.match(remedy ?? '', /zoneadm -z web1 boot$/)

  const lost = new ZoneError('went down', { code: 'TARGET_LOST' })
  assert.equal(await explainedByEnd(zone, before, lost), lost, 'it is explained already')
  zone.moving = 'migrating-out'
  assert.equal(await explainedByEnd(zone, before, consequence), consequence, 'whose it is is not known')
  zone.moving = undefined
  await rig.host.registry.update(zone, { state: 'configured' })
  assert.equal(await explainedByEnd(zone, before, consequence), consequence, 'the zone has left')
  assert.equal(await explainedByEnd(zone, undefined, consequence), consequence, 'it did not run')
})
