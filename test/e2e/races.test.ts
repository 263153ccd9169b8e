import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { exclusiveLock } from '../../src/util/exclusive-lock.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { allProcesses } from '../hosts/processes.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { installGuestZone, succeed } from './guest-zone.ts'
import { guestIsUp, machineRemains, stateOn, until } from './zone-steps.ts'

test('What happens at the same time, or only halfway, breaks nothing', {
  skip: whyNoNamespaces() ?? false,
}, async (t) => {
  const guest = await ensureGuest()
  await using lab = await createLab({ hosts: ['alpha'] })
  const { alpha } = lab.hosts
  const zoneadm = (...argv: string[]) => succeed(alpha, 'zoneadm', '-z', 'web1', ...argv)
  const isOver = async () => {
    await until(
      'web1 is installed',
      () => stateOn(alpha, 'web1'),
      (state) => state === 'installed',
    )
    assert.deepEqual(await machineRemains(alpha), [])
  }
  await installGuestZone(alpha, guest, {
    name: 'web1',
    storage: 'file:///zones/web1.disk',
    address: `${lab.guestAddress(0)}/24`,
  })

  await t.test('a command that comes second waits for a zonesd that is slow to start', async () => {
    await alpha.run(['zonesd', 'stop'])
    // As one that has begun to start, and does not listen yet.
    const slow = exclusiveLock(join(alpha.root, 'run/zones/zonesd.lock'))
    assert.notEqual(slow, undefined)
    const typed = alpha.run(['zoneadm', 'list', '-c'])
    await sleep(5_000)
    slow?.[Symbol.dispose]()
    await alpha.startZonesd()
    const { code, stderr } = await typed
    assert.equal(code, 0, stderr)
  })

  await t.test('several commands at once start one zonesd, and all of them are answered', async () => {
    const daemons = () => {
      const here = new Set(alpha.processes())
      const isDaemon = (words: readonly string[]) => words.some((word) => word.endsWith('zonesd.js'))
      return allProcesses().filter(({ pid, commandLine }) => here.has(pid) && isDaemon(commandLine))
    }
    for (let round = 0; round < 3; round += 1) {
      await alpha.killZonesd('SIGKILL')
      const answers = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(() => succeed(alpha, 'zoneadm', 'list', '-cn')),
      )
      assert.deepEqual(new Set(answers), new Set(['web1\n']))
      // Those that came second have ended, or are about to.
      await until('one zonesd is left', daemons, (pids) => pids.length === 1)
    }
  })

  await t.test(
    'several terminals do the same at once: one does it, the others are told why not',
    async () => {
      const race = async (verb: string) => {
        const results = await Promise.all([1, 2, 3, 4].map(() => alpha.run(['zoneadm', '-z', 'web1', verb])))
        const losers = results.filter(({ code }) => code !== 0)
        assert.equal(losers.length, 3, JSON.stringify(results))
        for (const { code, stderr } of losers) {
          assert.equal(code, 1)
          assert.match(stderr, /another operation is under way|must be .* before/)
        }
      }
      await race('boot')
      assert.equal((await machineRemains(alpha)).filter((line) => line.includes('qemu-system')).length, 1)
      await guestIsUp(alpha, 'web1')
      await race('halt')
      await isOver()
    },
  )

  await t.test(
    'zonesd is killed in the middle of a boot: the zone runs or does not, and boots again',
    async () => {
      for (const delayMs of [100, 140, 180, 220, 260, 300, 340, 380]) {
        await succeed(alpha, 'zoneadm', 'list')
        const boot = alpha.run(['zoneadm', '-z', 'web1', 'boot'])
        await sleep(delayMs)
        await alpha.killZonesd('SIGKILL')
        await boot
        // A hypervisor that was just starting may hold the disk for a moment longer.
        const boots = async () => {
          if ((await stateOn(alpha, 'web1')) === 'running') return true
          return (await alpha.run(['zoneadm', '-z', 'web1', 'boot'])).code === 0
        }
        await until('it boots again', boots, Boolean)
        await zoneadm('halt')
        await isOver()
      }
    },
  )
})
