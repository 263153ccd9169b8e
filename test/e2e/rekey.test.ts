import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Holds, holdFolder } from '../faults/holds.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { stateOn, until } from './zone-steps.ts'

const zone = 'web1'
const skip = whyNoNamespaces()
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

/** Where zonesd is killed, and whether the zone has the new key then. */
const points = [
  ['rekey.placed', false],
  ['rekey.copy-1', true],
  ['rekey.copy-2', true],
  ['rekey.sealed', true],
] as const

test('zonesd is killed anywhere in a change of the key: the zone has one key, which opens its record, and its guest runs', {
  ...(skip === undefined ? {} : { skip }),
}, async () => {
  await using lab = await createLab({
    hosts: ['alpha'],
    environment: (folder) => ({ KZ_TEST_HOLDS: holdFolder(folder) }),
  })
  const { alpha } = lab.hosts
  const address = lab.guestAddress(1)
  const storage = 'file:///zones/web1.disk'
  await installGuestZone(alpha, await ensureGuest(), { name: zone, storage, address: `${address}/24` })
  await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
  await using counter = await observeWhenReady(lab.observer, address)
  const folder = join(alpha.root, 'var/lib/zones', zone)
  const keyNow = () => readFile(join(folder, 'key'), 'utf8')
  const holds = new Holds(alpha)

  for (const [point, isNew] of points) {
    const before = await keyNow()
    await holds.set(point)
    const rekey = alpha.run(['zoneadm', '-z', zone, 'rekey'])
    await holds.held(point, within(60).signal)
    await alpha.killZonesd('SIGKILL')
    await holds.release()
    assert.notEqual((await rekey).code, 0, point)
    await until(
      `the zone is taken up after ${point}`,
      () => stateOn(alpha, zone),
      (state) => state === 'running',
    )
    assert.equal(existsSync(join(folder, 'key.next')), false, point)
    assert.equal((await keyNow()) !== before, isNew, point)
    const shown = await succeed(alpha, 'kzhostdata', '-k', join(folder, 'key'), storage)
    assert.match(shown, /^state: +running$/m, point)
    await counter.advance(2, within(60))
  }
  assert.deepEqual(counter.stop().gaps, [])
  await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
})
