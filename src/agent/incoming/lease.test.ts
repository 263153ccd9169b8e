import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { announced, announcedZone as zone } from '../../../test/fixtures/agent/announced.ts'
import { lateClock } from '../../../test/fixtures/late-clock.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import { retryUntil } from '../../util/retry-until.ts'
import type { Arrivals } from './arrivals.ts'

const lease = 60_000

test('A target that hears nothing for its lease gives up; one that hears does not', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  using clock = lateClock()
  try {
    await using here = await announced()
    const pass = (ms: number) => {
      clock.advance(ms)
      mock.timers.tick(5_000)
    }
    pass(lease - 10_000)
    here.arrivals.alive(here.migrationId)
    pass(lease - 10_000)
    assert.equal(here.host().registry.get(zone).moving, 'migrating-in')
    pass(10_000)
    const gone = () => (here.host().registry.find(zone) === undefined ? true : undefined)
    assert.equal(await retryUntil(gone, { timeoutMs: 10_000, intervalMs: 5 }), true)
    await assert.rejects(here.arrivals.go(here.migrationId), { code: 'NO_SUCH_MIGRATION' })
    assert.match(here.rig.logged.join('\n'), /was not heard for 60 s/)
    assert.equal(await here.abort(), 'none')
  } finally {
    mock.timers.reset()
  }
})

test('A guest that could not go on here is given up, too, when its source is not heard for the lease', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  using clock = lateClock()
  await using here = await announced()
  await assert.rejects(here.arrivals.go(here.migrationId), { code: 'GO_REFUSED' })
  clock.advance(lease + 1)
  t.mock.timers.tick(5_000)
  const gone = () => (here.host().registry.find(zone) === undefined ? true : undefined)
  assert.equal(await retryUntil(gone, { timeoutMs: 5_000, intervalMs: 5 }), true)
  assert.equal(await here.abort(), 'none')
})

/** What the source of the second of two overdue zones does while the first is being ended, and what becomes of that zone. */
const spokenMeanwhile = [
  ['tells it to go', 'installed', (arrivals: Arrivals, id: string) => arrivals.go(id)],
  ['is heard again', 'configured', (arrivals: Arrivals, id: string) => arrivals.alive(id)],
  ['says nothing', undefined, () => undefined],
] as const

for (const [what, state, speak] of spokenMeanwhile) {
  test(`Of two overdue zones the first is slow to end, and the source of the second ${what}: that one is ${state ?? 'given up'}`, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    using clock = lateClock()
    await using here = await announced()
    const { arrivals, rig } = here
    await here.prepare()
    const slow = Promise.withResolvers<void>()
    const { qmp } = here.machine().qemu
    const execute = qmp.execute.bind(qmp)
    t.mock.method(qmp, 'execute', async (command: 'quit', ...rest: []) => {
      await slow.promise
      return execute(command, ...rest)
    })
    const second = { migrationId: crypto.randomUUID() as string, zone: 'web2' }
    const spec = tinySpec('web2', 'another')
    await arrivals.reserve({ ...second, source: 'alpha', spec, configText: tinyConfig, kind: 'cold' })
    clock.advance(lease + 1)
    t.mock.timers.tick(5_000)
    await speak(arrivals, second.migrationId)
    const ended = () => (here.host().registry.find(zone) === undefined ? true : undefined)
    slow.resolve()
    assert.equal(await retryUntil(ended, { timeoutMs: 10_000, intervalMs: 5 }), true)
    const told = `zone 'web2': the source was not heard for 60 s`
    const over = () => (here.host().registry.find('web2') === undefined ? true : undefined)
    if (state === undefined) {
      assert.equal(await retryUntil(over, { timeoutMs: 10_000, intervalMs: 5 }), true)
    } else {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.equal(rig.logged.includes(told), state === undefined)
    assert.equal(here.host().registry.find('web2')?.record.state, state)
  })
}

test('One that cannot go, and could not be given up, is given up by itself once that is possible', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using here = await announced()
  await assert.rejects(here.arrivals.go(here.migrationId), { code: 'GO_REFUSED' })
  const { registry } = here.host()
  const removing = t.mock.method(registry, 'remove', () => Promise.reject(new Error('no space left')))
  await assert.rejects(here.abort(), /no space left/)
  t.mock.timers.tick(5_000)
  const told = () => here.rig.logged.find((line) => line.includes('cannot give it up: no space left'))
  assert.ok((await retryUntil(async () => told(), { timeoutMs: 10_000, intervalMs: 5 })) !== undefined)
  removing.mock.restore()
  t.mock.timers.tick(5_000)
  const gone = () => (registry.find(zone) === undefined ? true : undefined)
  assert.equal(await retryUntil(gone, { timeoutMs: 10_000, intervalMs: 5 }), true)
  assert.doesNotMatch(here.rig.logged.join('\n'), /was not heard/)
})
