import { machine, release } from 'node:os'
import { attempt } from './attempt.ts'
import { chooseDefaultLink, readDefaultRoutes } from './default-link.ts'
import type { HypervisorSource } from './hypervisor.ts'
import { readLinks } from './links.ts'
import { readHugePages, readMemory } from './memory.ts'
import { readProcessor } from './processor.ts'
import type { Fact, HostFacts, Memory, Operation, StorageProbe, ZoneSummary } from './schema.ts'
import { isKnown } from './schema.ts'

/** A value, or what finds it out: if that fails, the fact is unknown for that reason. */
export type Given<T> = () => Promise<T> | T

/** What only zonesd knows. */
export interface GatherInputs {
  readonly kzone: HostFacts['kzone']
  /** From `hostIdentity()`. */
  readonly host: HostFacts['host']
  readonly hypervisor: HypervisorSource
  /** CPUs as `-cpu` takes them whose features the check will ask for. */
  readonly cpus: readonly string[]
  /** Device models as `-device` takes them that the check will ask for, besides those that kzone makes. */
  readonly devices?: readonly string[]
  /** What `lower-link=auto` means here, whether it is there or not; by default KZ_DEFAULT_LINK. */
  readonly defaultLink?: string | undefined
  /** Memory promised to zones and incoming migrations, and the part of it that is in use. */
  readonly promised: Given<Pick<Memory, 'committedBytes' | 'takenBytes'>>
  readonly zones: Given<ZoneSummary[]>
  readonly operations: Given<Operation[]>
  readonly storage: Given<StorageProbe[]>
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
  const [cpu, memory, hugepages, offered, links, routes, zones, operations, storage] = await Promise.all([
    attempt(readProcessor),
    attempt(() => readAllMemory(inputs)),
    attempt(() => readHugePages()),
    attempt(
      () => inputs.hypervisor({ cpus: inputs.cpus, devices: inputs.devices ?? [], signal }),
      'qemu-system-x86',
    ),
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
    cpuModels: isKnown(offered) ? { known: offered.known.cpuModels } : offered,
    links,
    defaultLink: defaultLinkOf(links, routes, defaultLink),
    zones,
    operations,
    storage,
  }
}

async function readAllMemory({ promised }: GatherInputs): Promise<Memory> {
  const [system, ofZones] = await Promise.all([readMemory(), promised()])
  return { ...system, ...ofZones }
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
