import { type GatherInputs, gatherFacts, type PromisedMemory } from '../facts/gather.ts'
import { type HypervisorSource, hypervisorSource } from '../facts/hypervisor.ts'
import { readMaintenance } from '../facts/maintenance.ts'
import { readMemory } from '../facts/memory.ts'
import {
  type HostFacts,
  type Hypervisor,
  isKnown,
  type Memory,
  type StorageProbe,
  type ZoneSummary,
} from '../facts/schema.ts'
import { cipherNames } from '../migration/cipher.ts'
import type { StorageContext } from '../storage/driver.ts'
import { mappedForWriting } from '../storage/mapping.ts'
import { probeStorage } from '../storage/storage.ts'
import { kzoneVersion, protocol } from '../util/version.ts'
import { cpuClassNames, cpuModel } from '../vm/cpu-class.ts'
import { qemuBinary } from '../vm/qemu-process.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { GoingDown } from './going-down.ts'
import { promisedMemory } from './require-room.ts'
import type { Reservations } from './reservations.ts'
import { readStock, type Stock, takenMemory } from './stock.ts'
import { StorageHere } from './storage-here.ts'
import type { ZoneRegistry } from './zone-registry.ts'
import { zoneSummaries } from './zone-summaries.ts'

export interface KnowledgeOptions {
  readonly identity: HostFacts['host']
  readonly registry: ZoneRegistry
  readonly reservations: Reservations
  readonly storage: StorageContext
  /** Where what QEMU offers is kept from one zonesd to the next. */
  readonly cacheFile: string
  readonly maintenanceFile: string
  readonly goingDown: GoingDown
  /** Where it is noted what `suriadm map` has given a path. */
  readonly mappingFolder: string
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

  /** What this host has for a machine with these disks, as `Reservations.take()` wants it. */
  async stock(spec: Pick<MachineSpec, 'disks'>): Promise<Stock> {
    const { registry, reservations, storage } = this.#options
    // A machine that has not been found again yet would not be counted.
    await registry.whenAdopted()
    const disks = [spec, ...reservations.all().map((each) => each.spec)].flatMap((each) => each.disks)
    return readStock(
      registry,
      storage,
      disks.map((disk) => disk.storage),
    )
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
    const { identity, registry, goingDown } = this.#options
    const zones = registry.whenAdopted().then(() => zoneSummaries(registry))
    const inputs: GatherInputs = {
      kzone: { version: kzoneVersion, protocol },
      host: identity,
      hypervisor: this.#hypervisor,
      cpus: [...cpuClasses.keys(), ...cpus],
      cpuClasses,
      promised: () => this.#promised(),
      zones: () => zones,
      operations: () =>
        registry.all().flatMap(({ name, record, operation }) => {
          if (operation === undefined) return []
          return [{ id: operation.id, zoneUuid: record.uuid, zoneName: name, kind: operation.kind }]
        }),
      storage: () => this.#probes(storage, zones, signal),
      maintenance: () => readMaintenance(this.#options.maintenanceFile),
      goingDown: goingDown.isUnderWay,
      ciphers: cipherNames,
    }
    return gatherFacts(inputs, signal === undefined ? {} : { signal })
  }

  async #probes(
    uris: readonly string[],
    zones: Promise<readonly ZoneSummary[]>,
    signal: AbortSignal | undefined,
  ): Promise<StorageProbe[]> {
    if (uris.length === 0) return []
    const here = this.#storageHere(zones)
    return Promise.all(uris.map((uri) => this.#probe(uri, here, signal)))
  }

  /** Never rejects: without its zones nothing is said of what they have, and they are unknown in the facts themselves. */
  async #storageHere(zones: Promise<readonly ZoneSummary[]>): Promise<StorageHere> {
    const { storage, mappingFolder } = this.#options
    const mapped = mappedForWriting(mappingFolder).catch(() => [])
    return new StorageHere(await zones.catch(() => []), await mapped, storage)
  }

  async #probe(
    uri: string,
    here: Promise<StorageHere>,
    signal: AbortSignal | undefined,
  ): Promise<StorageProbe> {
    try {
      const { names, ...opened } = await probeStorage(uri, this.#options.storage, { signal })
      return { uri, opened, ...(await (await here).find(uri, names)) }
    } catch (error) {
      return { uri, error: (error as Error).message, ...(await (await here).find(uri)) }
    }
  }

  async #promised(): Promise<PromisedMemory> {
    const { registry, reservations } = this.#options
    await registry.whenAdopted()
    const taken = await takenMemory(registry)
    return promisedMemory(reservations.all(), taken)
  }
}

/** The classes of `cpu-arch`, weakest first, by the CPU that each stands for. */
const cpuClasses: ReadonlyMap<string, string> = new Map(cpuClassNames.map((name) => [cpuModel(name), name]))
