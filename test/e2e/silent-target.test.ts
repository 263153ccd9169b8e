import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { retryUntil } from '../../src/util/retry-until.ts'
import { Holds, holdFolder } from '../faults/holds.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const zone = 'web1'
const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })

test('The target says nothing in the handshake, and zonesd is killed: the next one lets the guest go on', async () => {
  const lab = await createLab({
    hosts: ['alpha', 'beta'],
    environment: (folder) => ({ KZ_TEST_HOLDS: holdFolder(folder), KZ_TEST_PATIENCE: '0.2' }),
  })
  {
    await using _lab = lab
    const { alpha, beta } = lab.hosts
    const lun = await lab.storage.createLun({ name: zone, sizeBytes: 64 * 1024 * 1024 })
    const address = `${lab.guestAddress(1)}/24`
    await installGuestZone(alpha, await ensureGuest(), { name: zone, storage: lun.suri, address })
    await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
    await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))

    const holds = new Holds(alpha)
    await holds.set('transfer.begin')
    const migration = alpha.run(['zoneadm', '-z', zone, 'migrate', `ssh://${beta.address}`])
    await holds.held('transfer.begin', AbortSignal.timeout(60_000))
    const [machine] = beta.processes().filter((pid) => {
      const commandLine = `/proc/${pid}/cmdline`
      return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('qemu-system')
    })
    assert.ok(machine !== undefined)
    // Its kernel takes the connection, and nobody answers. Its zonesd ends it when it gives the migration up.
    process.kill(machine, 'SIGSTOP')
    try {
      await holds.release()
      // zonesd itself would cut the way after 3 s of that.
      const isHeldUp = () =>
        counter.advance(1, { signal: AbortSignal.timeout(400) }).then(
          () => undefined,
          () => true,
        )
      assert.ok(await retryUntil(isHeldUp, { timeoutMs: 20_000, intervalMs: 1 }), 'the guest stands still')
      // Otherwise beta's zonesd ends its QEMU, and the kernel there says so.
      await beta.cutLink()
      await alpha.killZonesd('SIGKILL')
      assert.notEqual((await migration).code, 0)
      await assert.rejects(counter.advance(1, { signal: AbortSignal.timeout(2_000) }), 'still')
      await succeed(alpha, 'zoneadm', 'list', '-c')
      await counter.advance(20, within(30))
    } finally {
      await beta.healLink()
    }
    const isSettled = async () => {
      const isLeft = existsSync(join(alpha.root, `var/lib/zones/${zone}/migration.json`))
      return isLeft || (await zoneState(beta, zone)) !== undefined ? undefined : true
    }
    assert.ok(await retryUntil(isSettled, { timeoutMs: 90_000, intervalMs: 200 }))
    assert.equal(await zoneState(alpha, zone), 'running')
    await succeed(alpha, 'zoneadm', '-z', zone, 'migrate', '-q', `ssh://${beta.address}`)
    await counter.advance(20, within(60))
    assert.deepEqual(counter.stop().gaps, [])
  }
  assert.deepEqual(lab.leaks(), [])
})
