import { normalPageBytes } from '../../compat/backing-pages.ts'
import { ZoneError } from '../../errors.ts'
import { nicKey } from '../../vm/command-line.ts'
import { startMachine } from '../../vm/machine.ts'
import { backingPageBytes } from '../../vm/memory-backend.ts'
import type { NicAttachment } from '../../vm/network.ts'
import type { MachineSpec } from '../../vm/schema.ts'
import { toMachineSpec } from '../../vm/to-machine-spec.ts'
import type { Contract, ContractNic } from '../../zone/contract.ts'
import { formatSize } from '../../zone/schema/size.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { noSuchZone } from '../zone.ts'
import { contractOf } from '../zone-registry.ts'
import { requireUnusedStorage } from './install.ts'
import { adoptRunning, endRunning, setRunning } from './run-zone.ts'

/** The next number for the listing. */
export function nextZoneId({ registry }: Host): number {
  return registry.nextZoneId()
}

/** The bridge that a NIC is attached to; undefined: the hypervisor's user-mode network, all that a user may have. */
async function bridgeOf(host: Host, nic: ContractNic): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (nic.lowerLink !== 'auto') return nic.lowerLink
  const bridge = await host.knowledge.defaultLink()
  if (bridge !== null) return bridge
  throw new ZoneError(`${nic.kind} ${nic.id}: lower-link is auto, and this host has no bridge to choose`, {
    code: 'NO_LINK',
    remedy: 'Make one (ip link add net0 type bridge; ip link set net0 up), or name one in lower-link',
  })
}

/** How the NICs of a machine reach this host's network, by the contract that holds here. */
export async function attachmentsOf(
  host: Host,
  contract: Contract,
  spec: MachineSpec,
): Promise<NicAttachment[]> {
  const byKey = new Map(contract.nics.map((nic) => [nicKey(nic), nic]))
  return Promise.all(
    spec.nics.map(async (nic) => {
      const wanted = byKey.get(nicKey(nic))
      if (wanted === undefined) throw new Error(`The contract has no ${nicKey(nic)}`)
      return { nic, bridge: await bridgeOf(host, wanted), vlanId: wanted.vlanId, mtu: wanted.mtu }
    }),
  )
}

/** @throws ZoneError NO_MEMORY: promises to other zones count, whether they have been claimed or not */
async function requireMemory(host: Host, zone: Zone, wantedBytes: number): Promise<void> {
  const { availableBytes, committedBytes, takenBytes } = await host.knowledge.memory()
  const freeBytes = availableBytes - Math.max(0, committedBytes - takenBytes)
  if (wantedBytes <= freeBytes) return
  const mib = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)}M`
  throw new ZoneError(
    `zone '${zone.name}': needs ${formatSize(wantedBytes)} of memory, this host has ${mib(Math.max(0, freeBytes))} left`,
    { code: 'NO_MEMORY', remedy: 'Halt another zone, or lower capped-memory:physical' },
  )
}

export interface BootOptions {
  /** Instead of the configuration's `bootargs`, for this boot. */
  readonly bootargs?: string | undefined
}

/** A zone's machine as it would boot now, by its configuration on this host. */
async function machineToBoot(
  host: Host,
  zone: Zone,
  contract: Contract,
  { bootargs }: BootOptions = {},
): Promise<MachineSpec> {
  const { accelerator, machineTypes } = await host.knowledge.hypervisor()
  const { directBoot, uuid } = zone.record
  if (uuid === null) throw new Error(`Zone ${zone.name} has no uuid although it is ${zone.record.state}`)
  return toMachineSpec(contract, {
    uuid,
    accelerator,
    machineTypes,
    ...(directBoot === undefined ? {} : { directBoot }),
    bootargs,
  })
}

/**
 * Boots an installed zone. If it fails, all that was made is removed and the zone is installed as before.
 *
 * @throws ZoneError WRONG_STATE, STORAGE_IN_USE, NO_MEMORY, NO_LINK, QEMU_FAILED, …
 */
export async function bootZone(
  host: Host,
  zone: Zone,
  options: BootOptions,
  signal?: AbortSignal,
): Promise<void> {
  zone.requireState('boot', ['installed'])
  // A QEMU that a killed zonesd was starting may have come up since this one looked.
  await adoptRunning(host, zone)
  zone.requireState('boot', ['installed'])
  const stored = await host.registry.config(zone.name)
  if (stored === undefined) throw noSuchZone(zone.name)
  const contract = contractOf(stored.config, zone.name)
  // Checked at the installation, too, but the configuration can have been changed since.
  await requireUnusedStorage(host, zone, contract)
  const spec = await machineToBoot(host, zone, contract, options)
  const pageBytes = backingPageBytes(contract.memory, await host.knowledge.hugePages())
  // Huge pages are a pool of their own, and QEMU takes all of them at its start.
  if (pageBytes === undefined) await requireMemory(host, zone, spec.memoryBytes)
  const machine = await startMachine(
    spec,
    {
      layout: host.layout,
      storage: host.storage,
      attachments: await attachmentsOf(host, contract, spec),
      pageBytes,
      ...directBootFiles(host, spec),
      incoming: false,
    },
    signal,
  )
  const record = {
    schema: 1 as const,
    zoneId: nextZoneId(host),
    spec,
    links: [...machine.links],
    configText: stored.text,
  }
  await setRunning(host, zone, machine, { ...record, pageBytes: pageBytes ?? normalPageBytes })
  try {
    await machine.qemu.qmp.execute('cont')
  } catch (error) {
    await endRunning(host, zone)
    throw error
  }
  host.log(`zone '${zone.name}': booted`)
}

/** Paths of the kernel and initial RAM disk that the hypervisor loads itself, if the zone has them. */
export function directBootFiles(host: Host, { zonename, directBoot }: MachineSpec) {
  if (directBoot === undefined) return {}
  const kernel = host.layout.kernel(zonename)
  return directBoot.initrdSha256 === undefined ? { kernel } : { kernel, initrd: host.layout.initrd(zonename) }
}
