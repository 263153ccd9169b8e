import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isKnown } from '../../src/facts/schema.ts'
import { guard } from '../hosts/guard.ts'
import { ip } from '../hosts/ip.ts'
import { IscsiServer, type Lun } from '../hosts/iscsi-server.ts'
import { createLab, type Lab } from '../hosts/lab.ts'
import type { Offer } from './base-pair.ts'
import { ensureQemu10 } from './ensure-qemu-10.ts'
import { writeGuestDisk } from './guest/guest-disk.ts'
import { hugePagePool } from './huge-page-pool.ts'
import { OracleHost } from './oracle-host.ts'
import type { QemuVersion } from './pair.ts'
import { diskNames, type LunName, localDisk, lunNames, type UriOf } from './zone-shape.ts'

const mib = 1024 ** 2
const lunBytes: Readonly<Record<LunName, number>> = {
  boot: mib,
  data: mib,
  twin: mib,
  large: 2 * mib,
  // As large as the memory of any zone here, as it has to be.
  suspend: 64 * mib,
}

const hostNames = ['alpha', 'beta', 'gamma', 'delta'] as const
type HostName = (typeof hostNames)[number]

/** The hosts of each QEMU, and the storage that they share. */
export interface OracleWorld extends AsyncDisposable {
  readonly sources: Readonly<Record<QemuVersion, OracleHost>>
  readonly targets: Readonly<Record<QemuVersion, OracleHost>>
  readonly offer: Offer
  readonly uriOf: UriOf
  /** All disks as they are before a zone boots the first time. */
  freshDisks(): Promise<void>
}

/**
 * Makes four hosts in namespaces of their own, two with the installed QEMU and two with 10.0, with the bridges `net0` and
 * `br1`, a common iSCSI server, and on each target a server of the same address with other disks, which is out of sight
 * until the address is given to it.
 *
 * @param hugePages takes huge pages from the machine, whose kernel shares them out to all hosts, and gives them back at the end
 */
export async function createWorld({ hugePages = false } = {}): Promise<OracleWorld> {
  const newer = await ensureQemu10()
  await using undo = new AsyncDisposableStack()
  if (hugePages) undo.use(takeHugePages())
  const lab = undo.use(await createLab({ hosts: hostNames }))
  const filtering = await Promise.all(hostNames.map((name) => prepareHost(lab, name)))
  const luns = await createLuns(lab.storage)
  const strangers = await Promise.all(
    (['beta', 'delta'] as const).map(async (name) => {
      const server = await strangeServer(lab, name)
      undo.defer(() => server.stop())
      return createLuns(server)
    }),
  )
  // Only now: before, the servers had to be reached to be set up.
  await Promise.all((['beta', 'delta'] as const).map((name) => hideServer(lab, name)))
  const start = (name: HostName, qemu?: string) => undo.use(new OracleHost(lab.hosts[name], qemu))
  const sources = { '7.2': start('alpha'), '10.0': start('gamma', newer) }
  const targets = { '7.2': start('beta'), '10.0': start('delta', newer) }
  const offer: Offer = {
    hugePages,
    vlans: !filtering.includes(false),
    cpuModels: { '7.2': await modelsOf(sources['7.2']), '10.0': await modelsOf(sources['10.0']) },
  }
  const locals = hostNames.map((name) => join(lab.hosts[name].root, new URL(localDisk).pathname))

  async function freshDisks(): Promise<void> {
    const shared = [luns, ...strangers].flatMap((set) =>
      diskNames.map((name) => ({ path: set[name].backingFile, name })),
    )
    await Promise.all([
      ...shared.map(({ path, name }) =>
        writeGuestDisk(path, { sizeBytes: lunBytes[name], bootable: name === 'boot' }),
      ),
      ...locals.map((path) => writeGuestDisk(path, { sizeBytes: mib, bootable: false })),
    ])
  }

  const owned = undo.move()
  return {
    sources,
    targets,
    offer,
    uriOf: (lun) => luns[lun].suri,
    freshDisks,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function takeHugePages(): Disposable {
  const { file, pages } = hugePagePool
  const before = readFileSync(file, 'utf8')
  const restore = () => writeFileSync(file, before)
  const release = guard(restore)
  writeFileSync(file, `${pages}`)
  return {
    [Symbol.dispose]() {
      release()
      restore()
    },
  }
}

/** @returns whether its bridges can tell VLANs apart, which not every kernel can */
async function prepareHost({ hosts }: Lab<HostName>, name: HostName): Promise<boolean> {
  const { root, prefix } = hosts[name]
  await mkdir(dirname(join(root, new URL(localDisk).pathname)), { recursive: true })
  await ip(['link add br1 type bridge', 'link set br1 up'], prefix.at(-1))
  return ip(
    ['net0', 'br1'].map((bridge) => `link set ${bridge} type bridge vlan_filtering 1`),
    prefix.at(-1),
  ).then(
    () => true,
    () => false,
  )
}

async function createLuns(server: IscsiServer): Promise<Record<LunName, Lun>> {
  const made: [string, Lun][] = []
  // One after the other: the server numbers them.
  for (const name of lunNames) made.push([name, await server.createLun({ name, sizeBytes: lunBytes[name] })])
  return Object.fromEntries(made) as Record<LunName, Lun>
}

async function strangeServer({ label, folder, hosts, storage }: Lab<HostName>, name: 'beta' | 'delta') {
  const { prefix } = hosts[name]
  await ip([`address add ${storage.address}/32 dev lo`], prefix.at(-1))
  const server = new IscsiServer({
    label,
    folder: join(folder, `strange-${name}`),
    address: storage.address,
    port: storage.port,
    prefix,
  })
  await server.start()
  return server
}

async function hideServer({ hosts, storage }: Lab<HostName>, name: 'beta' | 'delta'): Promise<void> {
  await ip([`address del ${storage.address}/32 dev lo`], hosts[name].prefix.at(-1))
}

/** The models of QEMU that a guest can have in full under TCG, but for those that mean whatever the host has. */
async function modelsOf(host: OracleHost): Promise<string[]> {
  const { cpuModels } = await host.call('facts', { storage: [], cpus: [], zones: [] })
  if (!isKnown(cpuModels)) throw new Error(cpuModels.unknown)
  return cpuModels.known
    .filter(({ name, cpuArch, unavailableFeatures }) => {
      // What a configuration can name.
      const isPlain = cpuArch === undefined && /^(?!(max|base|host)$)[A-Za-z]/.test(name)
      return isPlain && unavailableFeatures.length === 0
    })
    .map(({ name }) => name)
    .toSorted()
}
