import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gatherFacts } from '../../src/facts/gather.ts'
import { hostIdentity } from '../../src/facts/host-identity.ts'
import { hypervisorSource } from '../../src/facts/hypervisor.ts'
import { type HostFacts, isKnown, type StorageProbe, type ZoneSummary } from '../../src/facts/schema.ts'
import { cipherNames } from '../../src/migration/cipher.ts'
import type { StorageContext } from '../../src/storage/driver.ts'
import { probeStorage } from '../../src/storage/storage.ts'
import { type HostLayout, hostLayout } from '../../src/util/host-layout.ts'
import { kzoneVersion, protocol } from '../../src/util/version.ts'
import { cpuClassNames, cpuModel } from '../../src/vm/cpu-class.ts'
import { qemuBinary } from '../../src/vm/qemu-process.ts'
import { type MachineSpec, machineSpec } from '../../src/vm/schema.ts'
import { toMachineSpec } from '../../src/vm/to-machine-spec.ts'
import type { Contract } from '../../src/zone/contract.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { toContract } from '../../src/zone/to-contract.ts'

/** Name and identity of the zone that every trial is about. */
export const zonename = 'web1'
export const zoneUuid = '29be88cb-e61a-4204-8d9b-f4a61bf0efdd'

export interface FactsQuestion {
  /** URIs to open from this host. */
  readonly storage: readonly string[]
  /** CPUs as `-cpu` takes them. */
  readonly cpus: readonly string[]
  /** The zones that the host has: this oracle has no registry. */
  readonly zones: readonly ZoneSummary[]
}

/** What of a host is there without any guest. */
export interface HostPlace {
  readonly layout: HostLayout
  readonly storage: StorageContext
  readonly name: string
  facts(question: FactsQuestion): Promise<HostFacts>
  /**
   * The machine that this host would make for a configuration.
   *
   * @param native what `host-compatible=native` stands for; undefined: the newest of this host
   */
  machineOf(configText: string, native?: string): Promise<MachineSpec>
  parseSpec(text: string): MachineSpec
  /** What the zone's QEMU has said since it was started. */
  qemuWords(): Promise<string[]>
}

export function contractOf(configText: string): Contract {
  return toContract(parseExport(configText), { zonename })
}

const cpuClasses = new Map(cpuClassNames.map((name) => [cpuModel(name), name]))

/** The host that KZ_ROOT names. */
export async function hostPlace(): Promise<HostPlace> {
  const layout = hostLayout()
  // As zonesd does when it starts.
  await mkdir(layout.runFolder, { recursive: true })
  const host = await hostIdentity(layout.hostFile)
  const storage = { root: layout.root, initiatorName: `iqn.2026-11.org.kzone:${host.id}` }
  const hypervisor = hypervisorSource({
    binary: qemuBinary,
    cpu: cpuModel(undefined),
    cacheFile: join(layout.stateFolder, '.hypervisor.json'),
  })

  async function probe(uri: string): Promise<StorageProbe> {
    try {
      return { uri, opened: await probeStorage(uri, storage) }
    } catch (error) {
      return { uri, error: (error as Error).message }
    }
  }

  function facts({ storage: uris, cpus, zones }: FactsQuestion): Promise<HostFacts> {
    return gatherFacts({
      kzone: { version: kzoneVersion, protocol },
      host,
      hypervisor,
      cpus: [...cpuClasses.keys(), ...cpus],
      cpuClasses,
      promised: () => ({ committedBytes: 0, takenBytes: 0 }),
      zones: () => [...zones],
      operations: () => [],
      maintenance: () => null,
      ciphers: cipherNames,
      storage: () => Promise.all(uris.map(probe)),
    })
  }

  async function machineOf(configText: string, native?: string): Promise<MachineSpec> {
    const { hypervisor: offered } = await facts({ storage: [], cpus: [], zones: [] })
    if (!isKnown(offered)) throw new Error(offered.unknown)
    const { accelerator, machineTypes } = offered.known
    const contract = contractOf(configText)
    const isNative = native !== undefined && contract.hostCompatible.includes('native')
    const offers = isNative ? [native] : machineTypes
    return toMachineSpec(contract, { uuid: zoneUuid, accelerator, machineTypes: offers })
  }

  async function qemuWords(): Promise<string[]> {
    const text = await readFile(layout.qemuLog(zonename), 'utf8').catch(() => '')
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
    return lines.map((line) => line.replace(/^\S*qemu-system-\w+: /, ''))
  }

  const parseSpec = (text: string) => machineSpec.parse(JSON.parse(text))
  return { layout, storage, name: host.name, facts, machineOf, parseSpec, qemuWords }
}
