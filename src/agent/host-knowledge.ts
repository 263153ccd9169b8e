import { readFile } from 'node:fs/promises'
import { type GatherInputs, gatherFacts } from '../facts/gather.ts'
import { type HypervisorSource, hypervisorSource } from '../facts/hypervisor.ts'
import { readHugePages, readMemory } from '../facts/memory.ts'
import { type HostFacts, type Hypervisor, isKnown, type Memory, type StorageProbe } from '../facts/schema.ts'
import type { StorageContext } from '../storage/driver.ts'
import { probeStorage } from '../storage/storage.ts'
import { kzoneVersion, protocol } from '../util/version.ts'
import { cpuClassNames, cpuModel } from '../vm/cpu-class.ts'
import type { PagePool } from '../vm/memory-backend.ts'
import { qemuBinary } from '../vm/qemu-process.ts'
import type { Reservations } from './reservations.ts'
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

const pageBytes = 4096

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
    return (await this.#hypervisor({ cpus: knownCpus })).hypervisor
  }

  async memory(): Promise<Memory> {
    const [system, promised] = await Promise.all([readMemory(), this.#promised()])
    return { ...system, ...promised }
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
      cpus: [...knownCpus, ...cpus],
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

  /** Memory promised to the zones that run here and to those that are on their way, and what of it is in use. */
  async #promised(): Promise<Pick<Memory, 'committedBytes' | 'takenBytes'>> {
    const { registry, reservations } = this.#options
    const running = registry.all().flatMap(({ running: machine }) => machine ?? [])
    const arriving = reservations.all().filter(({ zone }) => registry.find(zone)?.running === undefined)
    const committed = [...running.map(({ machine }) => machine.spec), ...arriving.map(({ spec }) => spec)]
    const taken = await Promise.all(running.map(({ machine }) => residentBytes(machine.qemu.identity.pid)))
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const committedBytes = sum(committed.map(({ memoryBytes }) => memoryBytes))
    return { committedBytes, takenBytes: Math.min(sum(taken), committedBytes) }
  }
}

/** CPUs that a zone can have here without being named by its booted machine. */
const knownCpus = cpuClassNames.map((name) => cpuModel(name))

/** What a process has of memory that nobody else has: proc(5) statm, resident less shared. */
async function residentBytes(pid: number): Promise<number> {
  const [, resident = 0, shared = 0] = (await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => ''))
    .split(' ')
    .map(Number)
  return (resident - shared) * pageBytes
}
