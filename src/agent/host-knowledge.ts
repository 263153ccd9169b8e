import { readFile } from 'node:fs/promises'
import { normalPageBytes } from '../compat/backing-pages.ts'
import { ZoneError } from '../errors.ts'
import { type GatherInputs, gatherFacts, type PromisedMemory } from '../facts/gather.ts'
import { type HypervisorSource, hypervisorSource } from '../facts/hypervisor.ts'
import { readHugePages, readMemory } from '../facts/memory.ts'
import { type HostFacts, type Hypervisor, isKnown, type Memory, type StorageProbe } from '../facts/schema.ts'
import type { StorageContext } from '../storage/driver.ts'
import { probeStorage } from '../storage/storage.ts'
import { kzoneVersion, protocol } from '../util/version.ts'
import { cpuClassNames, cpuModel } from '../vm/cpu-class.ts'
import { backingPageBytes, type PagePool } from '../vm/memory-backend.ts'
import { qemuBinary } from '../vm/qemu-process.ts'
import type { Contract } from '../zone/contract.ts'
import type { Reservation, Reservations } from './reservations.ts'
import type { ZoneRegistry } from './zone-registry.ts'
import { zoneSummaries } from './zone-summaries.ts'

export interface KnowledgeOptions {
  readonly identity: HostFacts['host']
  readonly registry: ZoneRegistry
  readonly reservations: Reservations
  readonly storage: StorageContext
  /** Where what QEMU offers is kept from one zonesd to the next. */
  readonly cacheFile: string
}

/** What this host is and offers, read anew whenever it is asked for; only what QEMU offers is kept. */
export class HostKnowledge {
  readonly #options: KnowledgeOptions
  readonly #hypervisor: HypervisorSource

  constructor(options: KnowledgeOptions) {
    this.#options = options
    this.#hypervisor = hypervisorSource({
      binary: qemuBinary,
      cpu: cpuModel(undefined),
      cacheFile: options.cacheFile,
    })
  }

  async hypervisor(): Promise<Hypervisor> {
    return (await this.#hypervisor({ cpus: [...cpuClasses.keys()] })).hypervisor
  }

  async memory(): Promise<Memory> {
    const [system, { committedBytes, takenBytes }] = await Promise.all([readMemory(), this.#promised()])
    return { ...system, committedBytes, takenBytes }
  }

  async hugePages(): Promise<PagePool[]> {
    return (await readHugePages()).map(({ sizeBytes, free }) => ({ sizeBytes, freePages: free }))
  }

  async defaultLink(): Promise<string | null> {
    const { defaultLink } = await this.facts([], [])
    if (isKnown(defaultLink)) return defaultLink.known
    return null
  }

  /**
   * @param storage URIs that are really opened for it
   * @param cpus CPUs, in QEMU's words, whose features matter
   */
  facts(storage: readonly string[], cpus: readonly string[], signal?: AbortSignal): Promise<HostFacts> {
    const { identity, registry } = this.#options
    const inputs: GatherInputs = {
      kzone: { version: kzoneVersion, protocol },
      host: identity,
      hypervisor: this.#hypervisor,
      cpus: [...cpuClasses.keys(), ...cpus],
      cpuClasses,
      promised: () => this.#promised(),
      zones: () => zoneSummaries(registry),
      operations: () =>
        registry.all().flatMap(({ name, record, operation }) => {
          if (operation === undefined) return []
          return [{ id: operation.id, zoneUuid: record.uuid, zoneName: name, kind: operation.kind }]
        }),
      storage: () => Promise.all(storage.map((uri) => this.#probe(uri, signal))),
    }
    return gatherFacts(inputs, signal === undefined ? {} : { signal })
  }

  async #probe(uri: string, signal: AbortSignal | undefined): Promise<StorageProbe> {
    try {
      return { uri, opened: await probeStorage(uri, this.#options.storage, { signal }) }
    } catch (error) {
      return { uri, error: (error as Error).message }
    }
  }

  /**
   * Memory promised to the zones that run here and to those that are on their way, and what of it is in use. Zones on
   * huge pages have those, and nothing of the rest.
   */
  async #promised(): Promise<PromisedMemory> {
    const { registry, reservations } = this.#options
    const onNormalPages = registry
      .all()
      .flatMap(({ running }) => (running?.record.pageBytes === normalPageBytes ? running.machine : []))
    const arriving = reservations.all().filter(({ zone }) => registry.find(zone)?.running === undefined)
    const [taken, hugePages] = await Promise.all([
      Promise.all(onNormalPages.map(({ qemu }) => residentBytes(qemu.identity.pid))),
      this.#pagesFor(arriving),
    ])
    const committedBytes =
      sum(onNormalPages.map(({ spec }) => spec.memoryBytes)) +
      sum(arriving.map(({ spec }) => spec.memoryBytes)) -
      sum(Array.from(hugePages, ([sizeBytes, count]) => sizeBytes * count))
    return { committedBytes, takenBytes: Math.min(sum(taken), committedBytes), hugePages }
  }

  /** How many huge pages of which size the zones on their way here will take, one after the other. */
  async #pagesFor(arriving: readonly Reservation[]): Promise<ReadonlyMap<number, number>> {
    const promised = new Map<number, number>()
    if (arriving.length === 0) return promised
    const pools = await this.hugePages()
    for (const { zone, spec } of arriving) {
      const contract = await this.#options.registry.contract(zone).catch(() => undefined)
      if (contract === undefined) continue
      const left = pools.map(({ sizeBytes, freePages }) => ({
        sizeBytes,
        freePages: freePages - (promised.get(sizeBytes) ?? 0),
      }))
      const sizeBytes = pagesOrNone(contract.memory, left)
      if (sizeBytes === undefined) continue
      promised.set(sizeBytes, (promised.get(sizeBytes) ?? 0) + Math.ceil(spec.memoryBytes / sizeBytes))
    }
    return promised
  }
}

/** The classes of `cpu-arch`, weakest first, by the CPU that each stands for. */
const cpuClasses: ReadonlyMap<string, string> = new Map(cpuClassNames.map((name) => [cpuModel(name), name]))

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** A zone that finds no pages will be refused; until then it holds none. */
function pagesOrNone(memory: Contract['memory'], pools: readonly PagePool[]): number | undefined {
  try {
    return backingPageBytes(memory, pools)
  } catch (error) {
    if (error instanceof ZoneError) return undefined
    throw error
  }
}

/** What a process has of memory that nobody else has: proc(5) statm, resident less shared. */
async function residentBytes(pid: number): Promise<number> {
  const [, resident = 0, shared = 0] = (await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => ''))
    .split(' ')
    .map(Number)
  return (resident - shared) * normalPageBytes
}
