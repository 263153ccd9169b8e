import { machine, release, userInfo } from 'node:os'
import { attempt } from './attempt.ts'
import { readClock } from './clock.ts'
import { chooseDefaultLink, readDefaultRoutes } from './default-link.ts'
import { readFirmware } from './firmware.ts'
import type { HypervisorFacts, HypervisorSource } from './hypervisor.ts'
import { readLinks } from './links.ts'
import { readLockLimit } from './locked-memory.ts'
import { lessPromised, readHugePages, readMemory } from './memory.ts'
import { readMitigations } from './mitigations.ts'
import { readNested } from './nested.ts'
import { readProcessor } from './processor.ts'
import type { CpuModel, Fact, HostFacts, Memory, Operation, StorageProbe, ZoneSummary } from './schema.ts'
import { isKnown } from './schema.ts'
import { readTsc } from './tsc.ts'

/** A value, or what finds it out: if that fails, the fact is unknown for that reason. */
export type Given<T> = () => Promise<T> | T

/** What of the memory is promised to zones and to incoming migrations. */
export interface PromisedMemory extends Pick<Memory, 'committedBytes' | 'takenBytes'> {
  /** Huge pages promised to zones on their way here: how many, by their size in bytes. Those of running zones are taken. */
  readonly hugePages?: ReadonlyMap<number, number>
}

/** What only zonesd knows. */
export interface GatherInputs {
  readonly kzone: HostFacts['kzone']
  /** From `hostIdentity()`. */
  readonly host: HostFacts['host']
  readonly hypervisor: HypervisorSource
  /** CPUs as `-cpu` takes them whose features the check will ask for. */
  readonly cpus: readonly string[]
  /** The classes of `cpu-arch`, by the CPU that each stands for. */
  readonly cpuClasses?: ReadonlyMap<string, string>
  /** Device models as `-device` takes them that the check will ask for, besides those that kzone makes. */
  readonly devices?: readonly string[]
  /** What `lower-link=auto` means here, whether it is there or not; by default KZ_DEFAULT_LINK. */
  readonly defaultLink?: string | undefined
  readonly promised: Given<PromisedMemory>
  readonly zones: Given<ZoneSummary[]>
  readonly operations: Given<Operation[]>
  readonly storage: Given<StorageProbe[]>
  /** Why no zone may come here, or null. */
  readonly maintenance: Given<string | null>
  /** Whether this host goes down with its zones. */
  readonly goingDown?: boolean
  /** Ciphers that kzone knows, by Solaris's names, best first. */
  readonly ciphers: readonly string[]
}

/**
 * All about this host, found out at once. What cannot be found out is unknown for a stated reason, and hides nothing
 * else.
 *
 * @throws only the signal's reason
 */
export async function gatherFacts(
  inputs: GatherInputs,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<HostFacts> {
  const { kzone, host, defaultLink = process.env['KZ_DEFAULT_LINK'] } = inputs
  const promised = attempt(inputs.promised)
  const hypervisor = attempt(
    () => inputs.hypervisor({ cpus: inputs.cpus, devices: inputs.devices ?? [], signal }),
    'qemu-system-x86',
  )
  const [platform, cpu, memory, hugepages, offered, links, routes, zones, operations, storage] =
    await Promise.all([
      gatherPlatform(hypervisor, inputs, signal),
      attempt(readProcessor),
      withPromises(attempt(readMemory), promised, (system, { committedBytes, takenBytes }) => ({
        ...system,
        committedBytes,
        takenBytes,
      })),
      withPromises(
        attempt(() => readHugePages()),
        promised,
        (pools, { hugePages }) => lessPromised(pools, hugePages),
      ),
      hypervisor,
      attempt(() => readLinks(signal), 'iproute2'),
      attempt(() => readDefaultRoutes(signal), 'iproute2'),
      attempt(inputs.zones),
      attempt(inputs.operations),
      attempt(inputs.storage),
    ])
  signal?.throwIfAborted()
  return {
    schema: 1,
    gatheredAt: new Date().toISOString(),
    kzone,
    host,
    architecture: machine(),
    kernel: release(),
    cpu,
    memory,
    hugepages,
    hypervisor: isKnown(offered) ? { known: offered.known.hypervisor } : offered,
    cpuModels: isKnown(offered)
      ? { known: offered.known.cpuModels.map((model) => withClass(model, inputs.cpuClasses)) }
      : offered,
    links,
    defaultLink: defaultLinkOf(links, routes, defaultLink),
    userNetwork: process.getuid?.() !== 0,
    ...(inputs.goingDown === true ? { goingDown: true } : {}),
    zones,
    operations,
    storage,
    ...platform,
  }
}

type Platform = Pick<
  HostFacts,
  | 'firmware'
  | 'mitigations'
  | 'tsc'
  | 'nested'
  | 'lockedMemory'
  | 'clock'
  | 'maintenance'
  | 'operator'
  | 'ciphers'
>

/** What the machine itself and its software are, below the zones. */
async function gatherPlatform(
  hypervisor: Promise<Fact<HypervisorFacts>>,
  { maintenance, ciphers: known }: GatherInputs,
  signal: AbortSignal | undefined,
): Promise<Platform> {
  const ofHypervisor = async <T>(find: (offered: HypervisorFacts) => Promise<T>): Promise<Fact<T>> => {
    const offered = await hypervisor
    return isKnown(offered) ? attempt(() => find(offered.known)) : offered
  }
  const [firmware, tsc, mitigations, nested, lockedMemory, clock, stop, operator, ciphers] =
    await Promise.all([
      ofHypervisor(({ firmwareFolders }) => readFirmware(firmwareFolders)),
      ofHypervisor(async ({ tscFrequencyHz: frequencyHz }) => ({ ...(await readTsc()), frequencyHz })),
      attempt(() => readMitigations()),
      attempt(() => readNested()),
      attempt(readLockLimit),
      attempt(() => readClock(signal)),
      attempt(maintenance),
      attempt(() => ({ user: userInfo().username, isRoot: process.getuid?.() === 0 })),
      ofHypervisor(async ({ hypervisor: { tlsPsk } }) => (tlsPsk ? [...known] : [])),
    ])
  return { firmware, tsc, mitigations, nested, lockedMemory, clock, maintenance: stop, operator, ciphers }
}

/** Puts together what the kernel says and what zonesd has promised; unknown if either is. */
async function withPromises<T, R>(
  read: Promise<Fact<T>>,
  promises: Promise<Fact<PromisedMemory>>,
  join: (system: T, promised: PromisedMemory) => R,
): Promise<Fact<R>> {
  const [system, promised] = await Promise.all([read, promises])
  if (!isKnown(system)) return system
  return isKnown(promised) ? { known: join(system.known, promised.known) } : promised
}

function withClass(model: CpuModel, classes: GatherInputs['cpuClasses']): CpuModel {
  const cpuArch = classes?.get(model.name)
  return cpuArch === undefined ? model : { ...model, cpuArch }
}

function defaultLinkOf(
  links: HostFacts['links'],
  routes: Fact<string[]>,
  chosen: string | undefined,
): HostFacts['defaultLink'] {
  if (chosen !== undefined && chosen !== '') return { known: chosen }
  if (!isKnown(links)) return links
  return isKnown(routes) ? { known: chooseDefaultLink(links.known, routes.known) } : routes
}
