import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MigrationSummary } from '../../src/agent/api.ts'
import { readCounterDisk } from '../guest/counter-disk.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import { NfsServer } from '../hosts/nfs-server.ts'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { installGuestZone, observeWhenReady, succeed, zoneState } from './guest-zone.ts'

const within = (seconds: number) => ({ signal: AbortSignal.timeout(seconds * 1000) })
const skip = whyNoNamespaces()

test('A zone on NFS is installed, boots, migrates live to and fro, and takes its file with it when it goes', {
  ...(skip === undefined ? {} : { skip }),
}, async () => {
  await using lab = await createLab({ hosts: ['alpha', 'beta'] })
  const { alpha, beta } = lab.hosts
  const { address, prefix } = lab.storage
  await using nfs = new NfsServer({
    label: lab.label,
    folder: join(lab.folder, 'nfs'),
    address,
    prefix,
  })
  await nfs.start()
  const zone = 'web1'
  const storage = nfs.suri(zone, '1000:1000')
  const guest = await ensureGuest()
  await installGuestZone(alpha, guest, { name: zone, storage, address: `${lab.guestAddress(1)}/24` })
  assert.deepEqual(await readdir(nfs.share), [zone])
  await succeed(alpha, 'zoneadm', '-z', zone, 'boot')
  await using counter = await observeWhenReady(lab.observer, lab.guestAddress(1))
  for (const [from, to] of [
    [alpha, beta],
    [beta, alpha],
  ] as const) {
    const report = await succeed(from, 'zoneadm', '-z', zone, 'migrate', '-n', `ssh://${to.address}`)
    assert.match(report, /can go ahead/)
    const output = await succeed(from, 'zoneadm', '-z', zone, 'migrate', '--json', `ssh://${to.address}`)
    assert.equal((JSON.parse(output) as MigrationSummary).kind, 'live')
    assert.deepEqual([await zoneState(from, zone), await zoneState(to, zone)], ['configured', 'running'])
    await counter.advance(20, within(30))
  }
  const { gaps, damaged } = counter.stop()
  assert.deepEqual({ gaps, damaged }, { gaps: [], damaged: [] })
  await succeed(alpha, 'zoneadm', '-z', zone, 'halt')
  const disk = await readCounterDisk(join(nfs.share, zone))
  assert.deepEqual(disk.faults, [])
  assert.ok((disk.newest?.number ?? 0) > 40)
  await succeed(alpha, 'zoneadm', '-z', zone, 'uninstall', '-F')
  assert.deepEqual(await readdir(nfs.share), [])
})
