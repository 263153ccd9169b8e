import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentHost, agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import type { ZoneError } from '../../errors.ts'
import { readMemory } from '../../facts/memory.ts'
import { bootZone } from './boot.ts'

const mib = 1024 ** 2

async function zoneOf(rig: AgentHost, name: string, memoryBytes: number) {
  const text = `create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=${memoryBytes / mib}M\nend\n`
  const zone = await rig.host.registry.saveConfig(name, text)
  await rig.host.registry.update(zone, { state: 'installed', uuid: crypto.randomUUID() })
  return zone
}

test('Of two zones that boot at once and want most of the memory one runs, and the other is told which', async () => {
  await using rig = await agentHost()
  const { host } = rig
  const most = Math.floor(((await readMemory()).availableBytes * 0.6) / (2 * mib)) * 2 * mib
  const zones = [await zoneOf(rig, 'web1', most), await zoneOf(rig, 'web2', most)]
  const outcomes = await Promise.allSettled(zones.map((zone) => bootZone(host, zone, {})))
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as ZoneError] : [],
  )
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['NO_MEMORY'],
  )
  const running = zones.find((zone) => zone.running !== undefined)
  assert.ok(refused[0]?.message.includes(`promised to ${running?.name ?? 'nobody'} `), refused[0]?.message)
  assert.deepEqual(host.reservations.pending(), [], 'what runs is its own promise')
  assert.deepEqual(
    host.reservations.all().map(({ spec, kind }) => [spec.zonename, kind]),
    [[running?.name, 'running']],
  )
})

test('A boot that fails gives back what it was promised', async () => {
  await using rig = await agentHost()
  const zone = await zoneOf(rig, 'web1', 32 * mib)
  const cancelled = AbortSignal.abort(new Error('cancelled'))
  await assert.rejects(bootZone(rig.host, zone, {}, cancelled))
  assert.deepEqual([rig.host.reservations.all(), zone.running], [[], undefined])
})
