import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { config, ownerOf, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { configHandlers } from '../operations/config.ts'
import { digestOf } from '../zone-registry.ts'
import { readOwner } from './own.ts'

test('Of two hosts that attach a detached zone at the same moment one has it, and the other is told which', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await detachZone(alpha.rig.host, alpha.zone)
  const both = [alpha, beta].map(({ rig, zone }) => attachZone(rig.host, zone, still))
  const outcomes = await Promise.allSettled(both)
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
  )
  const states = [alpha.zone.state, beta.zone.state]
  assert.deepEqual([states.toSorted(), refusals], [['configured', 'installed'], ['ZONE_IN_USE']])
  const winner = alpha.zone.state === 'installed' ? alpha : beta
  assert.equal((await ownerOf(winner))[0], winner.rig.host.identity.name)
})

test('Who attaches a zone with another configuration than it had on the other host is told so', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  const lines: string[] = []
  const warn = (line: string) => void lines.push(line)
  const changed = config.replace('physical=32M', 'physical=48M')
  const saved = { zone: 'web1', expected: digestOf(config), live: false, text: changed }
  const { digest } = await configHandlers['config/save'](alpha.rig.host, saved, {
    signal: still,
    progress: () => undefined,
  })
  // Noted when it is changed, not only at the next boot.
  assert.equal((await readOwner(alpha.rig.host, alpha.zone))?.configDigest, digest)
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true, warn })
  assert.deepEqual(lines, ['The configuration here is not the one that host alpha had for the zone.'])
  await attachZone(beta.rig.host, await unavailable(beta), still, { warn })
  assert.equal(lines.length, 1, 'from then on it is the one that beta has')
})

test('The key alone makes no other configuration: it may come from somewhere else on each host', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  const key = (await readFile(alpha.rig.layout.key('web1'), 'utf8')).trim()
  await beta.rig.host.registry.saveConfig('web1', `${config}add keysource\nset raw=${key}\nend\n`)
  const lines: string[] = []
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true, warn: (line) => void lines.push(line) })
  assert.deepEqual(lines, [])
})

async function unavailable({ rig, zone }: Awaited<ReturnType<typeof twoHosts>>['alpha']) {
  await rig.host.registry.update(zone, { state: 'unavailable' })
  return zone
}
