import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { retryUntil } from '../../util/retry-until.ts'
import type { Progress } from '../api.ts'
import { Arrivals } from '../incoming/arrivals.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { bootZones, shutdownZones } from './with-host.ts'

async function hostWith(zones: Readonly<Record<string, string>>) {
  const rig = await agentHost()
  let number = 0
  for (const [name, more] of Object.entries(zones)) {
    const zone = await rig.host.registry.saveConfig(name, `${tinyConfig}${more}`)
    number += 1
    const uuid = `11111111-2222-4333-8444-00000000000${number}`
    await rig.host.registry.update(zone, { state: 'installed', uuid })
  }
  const lines: string[] = []
  const progress = (value: Progress) => void (value.kind === 'line' && lines.push(value.text))
  const options = { signal: new AbortController().signal, progress }
  const standing = () =>
    Object.fromEntries(
      rig.host.registry.all().map((zone) => [zone.name, [zone.state, ...zone.auxiliary].join(' ')]),
    )
  return { rig, lines, options, standing, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

test('Zones boot with their host by priority, end with it each in its way, and go on with it again', async () => {
  const autoboot = 'set autoboot=true\n'
  await using here = await hostWith({
    a: `${autoboot}set boot-priority=low\nset autoshutdown=halt\n`,
    b: `${autoboot}set boot-priority=high\nset autoshutdown=suspend\nadd suspend\nset path=/images/b\nend\n`,
    c: '',
    d: autoboot,
  })
  const { rig, lines, options, standing } = here
  const none = rig.host.registry.get('d')
  // A zone whose disk is not there does not hold up the others.
  await rig.host.registry.saveConfig(
    'd',
    `${tinyConfig}${autoboot}add device\nset storage=dev:/dev/kzone-none\nset id=0\nend\n`,
  )
  assert.deepEqual(await bootZones(rig.host, options), { done: ['b', 'a'], failed: ['d'] })
  assert.deepEqual(
    lines.filter((line) => line.endsWith(': booting')),
    ["zone 'b': booting", "zone 'd': booting", "zone 'a': booting"],
  )
  assert.deepEqual(standing(), { a: 'running', b: 'running', c: 'installed', d: 'installed' })
  await rig.host.registry.saveConfig(none.name, tinyConfig)

  const ended = await shutdownZones(rig.host, options)
  assert.deepEqual([ended.done.toSorted(), ended.failed], [['a', 'b'], []])
  assert.deepEqual(standing(), { a: 'installed', b: 'installed suspended', c: 'installed', d: 'installed' })

  await rig.reboot()
  const again = await bootZones(rig.host, options)
  assert.deepEqual(again, { done: ['b', 'a'], failed: [] })
  assert.ok(lines.includes("zone 'b': resuming"))
  assert.deepEqual(standing(), { a: 'running', b: 'running', c: 'installed', d: 'installed' })
})

test('A zone that another host has taken over is not booted with its host, which says so', async () => {
  await using here = await hostWith({ a: 'set autoboot=true\n', b: '' })
  const { registry } = here.rig.host
  for (const zone of registry.all()) {
    await registry.update(zone, { state: 'unavailable', reason: 'is in use by host beta' })
  }
  assert.deepEqual(await bootZones(here.rig.host, here.options), { done: [], failed: [] })
  assert.deepEqual(here.lines, ["zone 'a': not booted, since it is unavailable: is in use by host beta"])
})

test('A zone whose interrupted migration is being settled is booted when it is, after the others, if it is here', async () => {
  const autoboot = 'set autoboot=true\n'
  await using here = await hostWith({ a: `${autoboot}set boot-priority=high\n`, b: autoboot, c: autoboot })
  const { rig, options, standing } = here
  const { registry } = rig.host
  const settling = (['a', 'b'] as const).map((name) => {
    const zone = registry.get(name)
    zone.moving = 'migrating-out'
    return zone.exclusively('recover', options.signal, async () => {
      const others = async () => (registry.get('c').state === 'running' ? true : undefined)
      assert.equal(await retryUntil(others, { timeoutMs: 20_000, intervalMs: 20 }), true)
      if (name === 'b') await registry.update(zone, { state: 'configured', movedTo: 'ssh://beta' })
      zone.moving = undefined
    })
  })
  assert.deepEqual(await bootZones(rig.host, options), { done: ['c', 'a'], failed: [] })
  await Promise.all(settling)
  assert.deepEqual(standing(), { a: 'running', b: 'configured', c: 'running' })
})

test('With a signal that is aborted nothing is begun', async () => {
  await using here = await hostWith({ a: 'set autoboot=true\n' })
  const reason = new Error('stop')
  const options = { ...here.options, signal: AbortSignal.abort(reason) }
  await assert.rejects(bootZones(here.rig.host, options), reason)
  assert.equal(here.standing()['a'], 'installed')
})

test('What is under way with a zone is cancelled and undone before the zone is ended with its host', async () => {
  await using here = await hostWith({ a: 'set autoboot=true\nset autoshutdown=halt\n' })
  const { rig, lines, options, standing } = here
  await bootZones(rig.host, options)
  const zone = rig.host.registry.get('a')
  let isUndone = false
  const migration = zone.exclusively('migrate', options.signal, async ({ controller: { signal } }) => {
    if (!signal.aborted) await once(signal, 'abort')
    await sleep(50)
    isUndone = true
    throw signal.reason
  })
  const cancelled = assert.rejects(migration, { code: 'CANCELLED' })
  assert.deepEqual(await shutdownZones(rig.host, options), { done: ['a'], failed: [] })
  await cancelled
  assert.equal(isUndone, true)
  assert.deepEqual(standing(), { a: 'installed' })
  assert.ok(lines.includes("zone 'a': migrate is cancelled, since the host goes down"))
})

test('While a host goes down no zone boots on it and none comes to it; what had begun before is ended, too', async () => {
  await using here = await hostWith({ a: 'set autoboot=true\nset autoshutdown=halt\n', b: '', c: '' })
  const { rig, options, standing } = here
  const { host } = rig
  using arrivals = new Arrivals(host)
  const reserve = () =>
    arrivals.reserve({
      migrationId: crypto.randomUUID(),
      zone: 'd',
      source: 'alpha',
      spec: tinySpec('d'),
      configText: tinyConfig,
    })
  const boot = (name: string) =>
    host.registry
      .get(name)
      .exclusively('boot', options.signal, ({ controller: { signal } }) =>
        bootOrResume(
          host,
          host.registry.get(name),
          { bootargs: undefined, discard: false },
          { ...options, signal },
        ),
      )
  await bootZones(host, options)
  // It was told to go here just before.
  const arriving = host.registry.get('c')
  arriving.moving = 'migrating-in'
  arriving.arriving = () => ({
    direction: 'in',
    kind: 'live',
    source: 'alpha',
    migrationId: 'c',
    heardMs: 0,
    stage: 'going',
  })
  await rig.startMachine(arriving)
  await host.registry.saveConfig('c', `${tinyConfig}set autoshutdown=halt\n`)
  const refused: unknown[] = []
  const meanwhile = host.registry.get('a').exclusively('migrate', options.signal, async ({ controller }) => {
    if (!controller.signal.aborted) await once(controller.signal, 'abort')
    for (const begin of [() => boot('b'), reserve]) refused.push(await begin().catch(({ code }) => code))
  })
  const isLast = () => (standing()['a'] === 'installed' ? true : undefined)
  const arrival = retryUntil(isLast, { timeoutMs: 20_000, intervalMs: 100 }).then(() => {
    arriving.moving = undefined
  })
  const outcome = await shutdownZones(host, options)
  await Promise.all([meanwhile, arrival])
  assert.deepEqual(refused, ['GOING_DOWN', 'GOING_DOWN'])
  assert.deepEqual([outcome.done.toSorted(), outcome.failed], [['a', 'c'], []])
  assert.deepEqual(standing(), { a: 'installed', b: 'installed', c: 'installed' })
  // zonesd is to end soon; if not, the first boot shows it.
  await assert.rejects(reserve(), { code: 'GOING_DOWN' })
  assert.equal((await host.knowledge.facts([], [])).goingDown, true)
  await boot('b')
  assert.equal((await host.knowledge.facts([], [])).goingDown, undefined)
  await reserve()
})

test('A host that was not cleared of its zones, or no more was to be, is up as before', async () => {
  await using here = await hostWith({ a: 'set autoboot=true\n' })
  const { rig, options } = here
  await bootZones(rig.host, options)
  const cancelled = { ...options, signal: AbortSignal.abort(new Error('stop')) }
  await assert.rejects(shutdownZones(rig.host, cancelled), /stop/)
  rig.host.goingDown.requireUp()
  assert.deepEqual(await rig.host.goingDown.during(async () => ({ failed: ['a'] })), { failed: ['a'] })
  rig.host.goingDown.requireUp()
})
