import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { retryUntil } from '../../src/util/retry-until.ts'
import { tinyFileSystem } from '../fixtures/tiny-file-system.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { guestZoneCommands, installGuestZone, observeWhenReady, succeed } from './guest-zone.ts'
import { machineRemains, refused, stateOn, zoneOn } from './zone-steps.ts'

const run = promisify(execFile)
const within = { timeoutMs: 10_000, intervalMs: 100 }
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

  await t.test(
    'a guest that finds no room stands still, is listed as paused, and goes on when there is',
    async () => {
      // The one that was started on the full disk may have no file with its process id.
      await succeed(alpha, 'zonesd', 'stop')
      await succeed(alpha, 'zoneadm', '-z', 'web1', 'boot')
      await using counter = await observeWhenReady(lab.observer, lab.guestAddress(0))
      // Where it writes its numbers to in turn.
      const ring = ['--offset', `${1024 ** 2}`, '--length', `${32 * 1024}`]
      await disk.fill()
      await run('fallocate', ['--punch-hole', ...ring, join(alpha.root, 'zones/web1.disk')])
      await disk.fill()
      const listed = () => zoneOn(alpha, 'web1')
      const isPaused = async () => ((await listed()).auxiliary.includes('paused') ? true : undefined)
      assert.ok(await retryUntil(isPaused, { timeoutMs: 20_000, intervalMs: 100 }), 'it is listed as paused')
      const told = /there is no room on the storage of device 0 \(file:\/\/\/zones\/web1\.disk\)/
      await retryUntil(async () => told.test((await listed()).reason ?? '') || undefined, within)
      await refused(alpha, told, ['zoneadm', '-z', 'web1', 'shutdown'])
      const { stdout, stderr } = await alpha.run(['zoneadm', '-z', 'web1', 'list', '-s'])
      assert.match(stdout, /^web1 +running +paused$/m)
      assert.match(stderr, told)

      await alpha.killZonesd()
      await succeed(alpha, 'zoneadm', 'list')
      assert.ok(await retryUntil(isPaused, within), 'the next zonesd finds it so')
      await rm(join(alpha.root, '.filler'))
      const goesOn = async () => ((await listed()).auxiliary.length === 0 ? true : undefined)
      assert.ok(await retryUntil(goesOn, { timeoutMs: 20_000, intervalMs: 100 }), 'it goes on by itself')
      await counter.advance(20, { signal: AbortSignal.timeout(20_000) })
      const { gaps, damaged, longestSilenceMs, isDisconnected } = counter.report()
      assert.deepEqual({ gaps, damaged, isDisconnected }, { gaps: [], damaged: [], isDisconnected: false })
      assert.ok(longestSilenceMs > 500, 'it has stood still')
      await succeed(alpha, 'zoneadm', '-z', 'web1', 'halt')
      assert.deepEqual(await machineRemains(alpha), [])
    },
  )
})
