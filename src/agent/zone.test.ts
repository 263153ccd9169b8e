import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Zone } from './zone.ts'
import { newZoneRecord } from './zone-record.ts'

const quiet = () => new AbortController().signal

test('A zone does one thing at a time: the second is refused with what is under way', async () => {
  const zone = new Zone('web1', newZoneRecord)
  const gate = Promise.withResolvers<string>()
  const first = zone.exclusively('boot', quiet(), () => gate.promise)
  await assert.rejects(
    zone.exclusively('halt', quiet(), async () => 'never'),
    { code: 'ZONE_BUSY', message: "zone 'web1': another operation is under way: boot" },
  )
  gate.resolve('booted')
  assert.equal(await first, 'booted')
  assert.equal(await zone.exclusively('halt', quiet(), async () => 'halted'), 'halted')
})

test('An operation that fails leaves the zone free', async () => {
  const zone = new Zone('web1', newZoneRecord)
  await assert.rejects(
    zone.exclusively('boot', quiet(), () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(zone.operation, undefined)
})

test("An operation is cancelled by its caller's signal, with its reason, before and after it has begun", async () => {
  const zone = new Zone('web1', newZoneRecord)
  const reason = new Error('cancelled')
  const controller = new AbortController()
  const aborted = (signal: AbortSignal) =>
    zone.exclusively('install', signal, async (operation) => {
      const { signal: own } = operation.controller
      controller.abort(reason)
      own.throwIfAborted()
    })
  await assert.rejects(aborted(controller.signal), reason)
  await assert.rejects(aborted(AbortSignal.abort(reason)), reason)
  assert.equal(zone.operation, undefined)
})

test('What ends by its signal ends with the reason of the cancel', async () => {
  const zone = new Zone('web1', newZoneRecord)
  const cancel = new AbortController()
  const sleeping = zone.exclusively('suspend', cancel.signal, ({ controller: { signal } }) =>
    sleep(60_000, undefined, { signal }),
  )
  cancel.abort(new Error('Cancelled'))
  await assert.rejects(sleeping, /^Error: Cancelled$/)
})

test('requireState() tells what the state is, what it must be, and why it is so', () => {
  const zone = new Zone('web1', {
    ...newZoneRecord,
    state: 'incomplete',
    reason: 'its installation was interrupted',
  })
  zone.requireState('uninstall', ['installed', 'incomplete'])
  assert.throws(() => zone.requireState('boot', ['installed']), {
    code: 'WRONG_STATE',
    message:
      "zone 'web1': must be installed before 'boot', it is incomplete (its installation was interrupted)",
  })
  assert.throws(() => zone.requireRunning('migrate'), {
    code: 'WRONG_STATE',
    remedy: 'zoneadm -z web1 uninstall',
  })
  assert.throws(() => zone.requireRunning('halt'), { code: 'WRONG_STATE', remedy: undefined })
})

for (const [state, verb, states, remedy] of [
  ['installed', 'migrate', ['running'], /boot$/],
  ['configured', 'boot', ['installed'], /install\), or if its storage is filled already: .* attach$/],
  ['unavailable', 'boot', ['installed'], /attach$/],
] as const) {
  test(`A zone that is ${state} is told the way to '${verb}'`, () => {
    const zone = new Zone('web1', { ...newZoneRecord, state })
    assert.throws(() => zone.requireState(verb, states), { remedy })
  })
}

test('A zone that has moved is never led to an installation over its disk', () => {
  const zone = new Zone('web1', { ...newZoneRecord, movedTo: 'ssh://beta', reason: 'it moved to ssh://beta' })
  assert.throws(() => zone.requireState('boot', ['installed']), {
    message: /it is configured \(it moved to ssh:\/\/beta\)/,
    remedy: /ssh:\/\/beta/,
  })
})

test('Until it is known what runs of a zone, it is unavailable and says why', async () => {
  const zone = new Zone('web1', { ...newZoneRecord, state: 'installed' })
  zone.adopting = Promise.resolve()
  assert.deepEqual(
    [zone.state, zone.reason],
    ['unavailable', 'zonesd has just started, and looks what runs of it'],
  )
  zone.adopting = undefined
  assert.deepEqual([zone.state, zone.reason], ['installed', undefined])
})

test('A failure of the host tells what became of the zone, and how to go on', async () => {
  const zone = new Zone('web1', { ...newZoneRecord, state: 'installed' })
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/var/lib/zones/web1/state.json' })
  const fail = (work: () => void) =>
    zone.exclusively('detach', new AbortController().signal, async () => {
      work()
      throw full
    })
  await assert.rejects(
    fail(() => undefined),
    {
      code: 'HOST_FAILURE',
      message:
        'Cannot use "/var/lib/zones/web1/state.json": there is no space left on the device; zone \'web1\' is installed as before',
      remedy: /^Make room, then type the command again\. What is full: df -h \/var\/lib\/zones\/web1; /,
    },
  )
  const incomplete = { ...zone.record, state: 'incomplete' as const }
  await assert.rejects(
    fail(() => (zone.record = incomplete)),
    { message: /; zone 'web1' is incomplete now$/ },
  )
  await assert.rejects(
    fail(() => (zone.moving = 'migrating-out')),
    {
      message: /is incomplete as before, and is held here until its migration is settled$/,
      remedy: /^Make room, then zoneadm -z web1 migrate --recover\. What is full: /,
    },
  )
  zone.moving = undefined
  await assert.rejects(
    zone.exclusively('boot', new AbortController().signal, () => Promise.reject(new Error('a fault'))),
    { message: 'a fault' },
  )
})
