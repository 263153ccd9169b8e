import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tinyFileSystem } from '../fixtures/tiny-file-system.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { guestZoneCommands, installGuestZone, succeed } from './guest-zone.ts'
import { machineRemains, refused, stateOn } from './zone-steps.ts'

const full = /no space left on the device|No space left/

test('A full disk is told as such, and takes nothing away', {
  skip: whyNoNamespaces() ?? false,
}, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  await using disk = await tinyFileSystem(alpha.root, 96 * 1024 ** 2)
  const zone = (name: string, number: number) => ({
    name,
    storage: `file:///zones/${name}.disk`,
    address: `${lab.guestAddress(number)}/24`,
  })
  await installGuestZone(alpha, guest, zone('web1', 0))
  await succeed(alpha, 'zonecfg', '-z', 'web2', guestZoneCommands(zone('web2', 1)))
  const stateFile = join(alpha.root, 'var/lib/zones/web1/state.json')
  const config = await succeed(alpha, 'zonecfg', '-z', 'web1', 'export')
  const state = await readFile(stateFile, 'utf8')
  await disk.fill()

  await t.test('zonecfg changes nothing, and makes no zone', async () => {
    await refused(alpha, full, ['zonecfg', '-z', 'web1', 'set bootargs=other'])
    await refused(alpha, full, ['zonecfg', '-z', 'web3', 'create; commit'])
    assert.equal(await succeed(alpha, 'zonecfg', '-z', 'web1', 'export'), config)
    assert.equal(await succeed(alpha, 'zoneadm', 'list', '-cn'), 'web1\nweb2\n')
  })

  await t.test('install, detach and mark leave the zone as it was', async () => {
    await refused(alpha, full, ['zoneadm', '-z', 'web2', 'install', '-x', `kernel=${guest.kernel}`])
    await refused(
      alpha,
      /no space left on the device; zone 'web1' is installed as before\n {2}remedy: Make room, then type the command again/,
      ['zoneadm', '-z', 'web1', 'detach'],
    )
    await refused(alpha, full, ['zoneadm', '-z', 'web1', 'mark', 'unavailable'])
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
    assert.equal(await stateOn(alpha, 'web2'), 'configured')
    assert.equal(await readFile(stateFile, 'utf8'), state)
  })

  await t.test('a boot that cannot write its record starts nothing that stays', async () => {
    await refused(alpha, full, ['zoneadm', '-z', 'web1', 'boot'])
    assert.equal(await stateOn(alpha, 'web1'), 'installed')
    assert.deepEqual(await machineRemains(alpha), [])
  })

  await t.test('a zonesd that is started on the full disk lists the zones all the same', async () => {
    await alpha.killZonesd()
    const { code, stdout, stderr } = await alpha.run(['zoneadm', 'list', '-cn'])
    if (code === 0) assert.equal(stdout, 'web1\nweb2\n')
    else assert.match(stderr, full)
    assert.doesNotMatch(stderr, /fault in kzone/)
  })

  await t.test('with space again everything works as before', async () => {
    await rm(join(alpha.root, '.filler'))
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'boot')
    await succeed(alpha, 'zoneadm', '-z', 'web1', 'halt')
    await succeed(alpha, 'zoneadm', '-z', 'web2', 'install')
    assert.deepEqual(await machineRemains(alpha), [])
  })
})
