import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type AgentHost, agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { createLoopbackLab } from '../../test/hosts/loopback-lab.ts'
import { secondPortal } from '../../test/hosts/second-portal.ts'
import { attachZone } from './lifecycle/attach.ts'
import { bootZone } from './lifecycle/boot.ts'
import { installZone } from './lifecycle/install.ts'
import { moveStorage } from './storage-move/move.ts'
import { zoneUsing } from './storage-use.ts'
import type { Zone } from './zone.ts'
import type { SuspendedGuest } from './zone-record.ts'

const mib = 1024 ** 2
const { signal } = new AbortController()
const folders = ['disks', 'alias']

/** The folder of the disks has two names. */
async function hostWithAlias() {
  const rig = await agentHost()
  await mkdir(join(rig.layout.root, 'disks'))
  await symlink('disks', join(rig.layout.root, 'alias'))
  return rig
}

const config = (uri: string, more = '') =>
  `create -b\nset brand=solaris-kz\nadd capped-memory\nset physical=32M\nend\nadd device\nset id=0\nset storage=${uri}\nset bootpri=0\nset create-size=1m\nend\n${more}`

/** Two zones take the same disk, under each of its names, the second a little later each round: never both have it. */
async function compete(
  rig: AgentHost,
  round: number,
  { takes, has, before = async () => undefined }: Competition,
): Promise<number> {
  await before(`round${round}`)
  const zones = await Promise.all(
    ['a', 'b'].map((side) =>
      rig.host.registry.saveConfig(`z${round}${side}`, config(`file:///own${round}${side}`)),
    ),
  )
  const all = zones.map(async (zone, index) => {
    const uri = `file:///${folders[index] ?? ''}/round${round}`
    return takes(zone, uri, () => delay(index * round * 0.2)).catch((error: { code?: string }) => error.code)
  })
  const outcomes = await Promise.all(all)
  const owners = await Promise.all(zones.map(has))
  const taken = owners.filter((isTaken) => isTaken).length
  assert.ok(taken <= 1, `round ${round}: both have it`)
  for (const outcome of outcomes) assert.ok(expected.has(outcome), outcome)
  return taken
}

/** What one saw the other make can be gone again, as the other saw it, too. */
const expected = new Set<string | undefined>([
  'taken',
  'STORAGE_IN_USE',
  'STORAGE_UNREACHABLE',
  'COMMAND_FAILED',
])

interface Competition {
  readonly takes: (zone: Zone, uri: string, wait: () => Promise<void>) => Promise<'taken'>
  readonly has: (zone: Zone) => Promise<boolean>
  readonly before?: (name: string) => Promise<unknown>
}

test('Of two zones that are installed at once on a disk that is not there yet, one at most gets it', async () => {
  await using rig = await hostWithAlias()
  const { host } = rig
  let taken = 0
  for (let round = 0; round < 40; round += 1) {
    taken += await compete(rig, round, {
      async takes(zone, uri, wait) {
        await host.registry.saveConfig(zone.name, config(uri))
        await wait()
        const nothing = { zone: zone.name, image: null, kernel: null, initrd: null, initialize: false }
        await installZone(host, zone, nothing, signal)
        return 'taken'
      },
      has: async ({ state }) => state === 'installed',
    })
  }
  // Each may see the other, and then none has it; and what a zone made and does not get is gone.
  assert.equal((await readdir(join(rig.layout.root, 'disks'))).length, taken)
})

test('Of two zones that are attached at once to the same disk, one at most gets it', async () => {
  await using rig = await hostWithAlias()
  const { host } = rig
  for (let round = 0; round < 20; round += 1) {
    await compete(rig, round, {
      before: (name) => writeFile(join(rig.layout.root, 'disks', name), Buffer.alloc(mib)),
      async takes(zone, uri, wait) {
        await host.registry.saveConfig(zone.name, config(uri))
        await wait()
        await attachZone(host, zone, signal, { force: true })
        return 'taken'
      },
      has: async ({ state }) => state === 'installed',
    })
  }
})

test('Of two zones whose disks are moved to the same storage at once, one at most gets it', async () => {
  await using rig = await hostWithAlias()
  const { host } = rig
  for (let round = 0; round < 12; round += 1) {
    await compete(rig, round, {
      async takes(zone, uri, wait) {
        const nothing = { zone: zone.name, image: null, kernel: null, initrd: null, initialize: false }
        await installZone(host, zone, nothing, signal)
        await wait()
        await moveStorage(host, zone, { wishes: [{ uri }], force: false, signal, progress: () => undefined })
        return 'taken'
      },
      has: async ({ name }) =>
        !(await host.registry.contract(name)).devices[0]?.storage?.startsWith('file:///own'),
    })
  }
})

test('Storage is in use under every name, by disks, images and what is about to be taken', async () => {
  await using rig = await hostWithAlias()
  const { host } = rig
  await writeFile(join(rig.layout.root, 'disks/a'), 'a disk')
  const suspend = 'add suspend\nset path=/disks/image\nend\n'
  const zone = await host.registry.saveConfig('web1', config('file:///disks/a', suspend))
  const user = async (uri: string) => (await zoneUsing(host, [uri]))?.zone
  assert.equal(await user('file:///alias/a'), undefined)
  await host.registry.update(zone, { state: 'installed' })
  assert.equal(await user('file:///alias/a'), 'web1')
  assert.equal(await user('file:///disks/image'), 'web1')
  assert.equal(await zoneUsing(host, ['file:///alias/a'], zone), undefined)
  assert.equal(await user('file:///disks/b'), undefined)
  zone.claims = ['file:///disks/b']
  assert.equal(await user('file:///disks/b'), 'web1')
  const disks = [{ id: 0, storage: 'file:///disks/c', pciSlot: 8, serial: 's' }]
  const place = { path: '/disks/old' }
  const spec = { ...tinySpec('web1'), disks }
  assert.equal(await user('file:///disks/c'), undefined)
  zone.record = { ...zone.record, suspended: { place, spec } as SuspendedGuest }
  assert.equal(await user('file:///disks/c'), 'web1')
  assert.equal(await user('file:///disks/old'), 'web1')
})

test('A unit that a zone has is in use at its other portals as well: for other zones, and for moving it onto itself', async () => {
  await using lab = await createLoopbackLab({ hosts: [] })
  const lun = await lab.storage.createLun({ name: 'web1', sizeBytes: 4 * mib })
  await using portal = await secondPortal(lab.storage)
  await using rig = await agentHost()
  const { host } = rig
  const nothing = { image: null, kernel: null, initrd: null, initialize: false }
  const [web1, web2] = [
    await host.registry.saveConfig('web1', config(lun.suri)),
    await host.registry.saveConfig('web2', config(portal.uri(lun.suri))),
  ]
  await installZone(host, web1, { ...nothing, zone: 'web1' }, signal)
  const inUse = { code: 'STORAGE_IN_USE', message: /is in use by zone 'web1'/ }
  await assert.rejects(installZone(host, web2, { ...nothing, zone: 'web2', initialize: true }, signal), inUse)
  await assert.rejects(attachZone(host, web2, signal, { initialize: true }), inUse)
  await host.registry.update(web2, { state: 'installed' })
  await assert.rejects(bootZone(host, web2, {}), inUse)
  await host.registry.update(web2, { state: 'configured' })
  const wishes = [{ uri: portal.uri(lun.suri) }]
  await assert.rejects(
    moveStorage(host, web1, { wishes, force: true, signal, progress: () => undefined }),
    inUse,
  )
})
