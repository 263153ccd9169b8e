import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { guestZoneCommands, succeed } from '../e2e/guest-zone.ts'
import { tinyFileSystem } from '../fixtures/tiny-file-system.ts'
import { ensureGuest } from '../guest/ensure-guest.ts'
import { createLab } from '../hosts/lab.ts'
import type { NamespaceHost } from '../hosts/namespace-host.ts'
import { ensureQemu10 } from '../oracle/ensure-qemu-10.ts'
import { Holds, holdFolder } from './holds.ts'
import { StorageWitness } from './storage-witness.ts'

const mib = 1024 ** 2
/** Room for what a host keeps of a zone, so that its disk can be filled without harm. */
const rootBytes = 160 * mib

/** Share of all leases and times to wait that the hosts of these tests have (`src/util/test-patience.ts`). */
export const patience = 0.2
/** Longer than any of them, shortened so. */
export const beyondLeaseMs = 13_500

export const zone = 'web1'
/** For `--bandwidth`. */
export const busyBandwidth = '12M'
const zoneMib = 256
/** Of its memory. */
export const zoneBytes = zoneMib * mib

/** One of the two hosts, with what a fault does to it. */
export interface FaultHost {
  readonly host: NamespaceHost
  readonly holds: Holds
  /** Fills the host's disk. */
  fill(): Promise<void>
  makeRoom(): void
  /** Sets how far the wall clock of kzone's programs on this host is wrong. */
  setClock(offsetMs: number): Promise<void>
}

export interface WorldKind {
  /** Whether the guest is to change its memory faster than `busyBandwidth` lets it be sent. */
  readonly isBusy: boolean
  /** Whether the hosts are to run QEMU 10.0, and not the installed one. */
  readonly isQemu10: boolean
}

/** Two hosts, storage that both reach with a witness before it, and a zone whose guest counts. */
export interface World extends AsyncDisposable {
  readonly hosts: Readonly<Record<'alpha' | 'beta', FaultHost>>
  readonly witness: StorageWitness
  readonly lab: Awaited<ReturnType<typeof createLab<'alpha' | 'beta'>>>
  readonly guestAddress: string
  readonly how: WorldKind
  /** What the storage server keeps the zone's disk in. */
  readonly backingFile: string
  /** The same of the place of its suspend image. */
  readonly imageFile: string
}

const clockShim = pathToFileURL(join(import.meta.dirname, 'clock-shim.mjs')).pathname

/** Makes the world; the zone is installed on alpha and not booted. */
export async function createWorld({
  isBusy = false,
  isQemu10 = false,
}: Partial<WorldKind> = {}): Promise<World> {
  await using undo = new AsyncDisposableStack()
  const qemu = isQemu10 ? { KZ_QEMU: await ensureQemu10() } : {}
  const lab = undo.use(
    await createLab({
      hosts: ['alpha', 'beta'],
      environment: (folder) => ({
        ...qemu,
        KZ_TEST_HOLDS: holdFolder(folder),
        KZ_TEST_PATIENCE: `${patience}`,
        KZ_TEST_CLOCK: join(folder, 'clock'),
        NODE_OPTIONS: `--import=${clockShim}`,
      }),
    }),
  )
  const witness = undo.use(new StorageWitness(lab.storage, lab.label))
  await witness.ready()
  const throughWitness = (suri: string) => suri.replace(`:${lab.storage.port}/`, `:${witness.port}/`)
  const disk = await lab.storage.createLun({ name: zone, sizeBytes: 64 * mib })
  const image = await lab.storage.createLun({ name: `${zone}-image`, sizeBytes: 256 * mib })
  const [alpha, beta] = [await faultHost(lab.hosts.alpha, undo), await faultHost(lab.hosts.beta, undo)]
  const guest = await ensureGuest()
  const commands = guestZoneCommands({
    name: zone,
    storage: throughWitness(disk.suri),
    address: `${lab.guestAddress(1)}/24`,
    memory: `${zoneMib}M`,
    ...(isBusy ? { dirtyMibPerSecond: 100, dirtyAreaMib: 32 } : {}),
    more: `add suspend; set storage=${throughWitness(image.suri)}; end`,
  })
  await succeed(lab.hosts.alpha, 'zonecfg', '-z', zone, commands)
  const files = ['-x', `kernel=${guest.kernel}`, '-x', `initrd=${guest.initrd}`]
  await succeed(lab.hosts.alpha, 'zoneadm', '-z', zone, 'install', ...files)
  await lab.hosts.beta.startZonesd()
  const owned = undo.move()
  return {
    hosts: { alpha, beta },
    witness,
    lab,
    guestAddress: lab.guestAddress(1),
    how: { isBusy, isQemu10 },
    backingFile: disk.backingFile,
    imageFile: image.backingFile,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function faultHost(host: NamespaceHost, undo: AsyncDisposableStack): Promise<FaultHost> {
  const disk = undo.use(await tinyFileSystem(host.root, rootBytes))
  // `ip netns exec` gives each program mounts of its own: one that was started before does not see the new one.
  await host.stopSshd()
  await host.startSshd()
  return {
    host,
    holds: new Holds(host),
    fill: () => disk.fill(),
    makeRoom: () => rmSync(join(host.root, '.filler'), { force: true }),
    setClock: (offsetMs) => writeFile(join(dirname(host.root), 'clock'), `${offsetMs}`),
  }
}
