import { normalPageBytes } from '../../compat/backing-pages.ts'
import { ZoneError } from '../../errors.ts'
import { copiesOf } from '../../hostdata/owner-record/owner-record.ts'
import type { QmpConnection } from '../../qmp/connection.ts'
import { nicKey } from '../../vm/command-line.ts'
import { type Machine, startMachine } from '../../vm/machine.ts'
import type { NicAttachment } from '../../vm/network.ts'
import type { MachineSpec } from '../../vm/schema.ts'
import { toMachineSpec } from '../../vm/to-machine-spec.ts'
import type { Contract, ContractNic } from '../../zone/contract.ts'
import { disksOf } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { noteOwner, requireOwned } from '../ownership/own.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import { noSuchZone } from '../zone.ts'
import { contractOf, type StoredConfig } from '../zone-registry.ts'
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

export interface BootOptions {
  /** Instead of the configuration's `bootargs`, for this boot. */
  readonly bootargs?: string | undefined
  /** Storage URI of a medium that this boot begins from, in a CD drive. A reset of the guest boots from its disks again. */
  readonly medium?: string | undefined
}

/** A zone's machine as it would boot now, by its configuration on this host. */
export async function machineToBoot(
  host: Host,
  zone: Zone,
  contract: Contract,
  { bootargs, medium }: BootOptions = {},
): Promise<MachineSpec> {
  const { accelerator, machineTypes } = await host.knowledge.hypervisor()
  const { directBoot, uuid, hostData, timeOffsetSeconds } = zone.record
  if (uuid === null) throw new Error(`Zone ${zone.name} has no uuid although it is ${zone.record.state}`)
  const spec = toMachineSpec(contract, {
    uuid,
    accelerator,
    machineTypes,
    // A kernel that QEMU loads itself would go before any medium.
    ...(directBoot === undefined || medium !== undefined ? {} : { directBoot }),
    bootargs,
    hostData: copiesOf(hostData),
  })
  return {
    ...spec,
    ...(timeOffsetSeconds === undefined ? {} : { rtcOffsetSeconds: timeOffsetSeconds }),
    ...(medium === undefined ? {} : { medium }),
  }
}

export interface ZoneStart {
  /** The configuration that holds on this host. */
  readonly stored: StoredConfig
  readonly spec: MachineSpec
  /** Wait for a state that it is to be given, instead of booting. */
  readonly incoming: boolean
}

/**
 * Promises the zone what its machine needs and starts that machine, stopped before its first instruction. From then on
 * the zone has it; `endRunning()` ends it again.
 *
 * @throws ZoneError those of `Reservations.take()`, NO_LINK, QEMU_FAILED, …; nothing is left then
 */
export async function startZone(
  host: Host,
  zone: Zone,
  { stored, spec, incoming }: ZoneStart,
  signal?: AbortSignal,
): Promise<Machine> {
  const contract = contractOf(stored.config, zone.name)
  const id = crypto.randomUUID()
  const stock = await host.knowledge.stock(spec)
  const { pageBytes } = host.reservations.take({ id, kind: 'booting', spec, memory: contract.memory }, stock)
  using _promise = { [Symbol.dispose]: () => host.reservations.drop(id) }
  const machine = await startMachine(
    spec,
    {
      layout: host.layout,
      storage: host.storage,
      attachments: await attachmentsOf(host, contract, spec),
      pageBytes,
      ...directBootFiles(host, spec),
      incoming,
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
  return machine
}

/**
 * Boots an installed zone. If it fails, all that was made is removed and the zone is installed as before.
 *
 * @throws ZoneError WRONG_STATE, those of `Reservations.take()`, NO_LINK, QEMU_FAILED, …; ZONE_IN_USE, HOSTDATA_*, KEY_*: the zone is
 *   unavailable
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
  await requireUnusedStorage(host, zone, disksOf(contract))
  // Before the machine is made: what its disk was enlarged by is part of it.
  await requireOwned(host, zone, 'running', { grow: true })
  try {
    const spec = await machineToBoot(host, zone, contract, options)
    const { qemu } = await startZone(host, zone, { stored, spec, incoming: false }, signal)
    if (spec.medium !== undefined) await bootOnceFromMedium(qemu.qmp)
    await qemu.qmp.execute('cont')
  } catch (error) {
    await endRunning(host, zone)
    await noteOwner(host, zone, { state: 'installed' })
    throw error
  }
  host.log(`zone '${zone.name}': booted`)
}

/** What the firmware has read by now holds; from the next reset on it finds the disks alone. */
async function bootOnceFromMedium(qmp: QmpConnection): Promise<void> {
  await qmp.execute('qom-set', { path: '/machine/peripheral/medium', property: 'bootindex', value: -1 })
}

/** Paths of the kernel and initial RAM disk that the hypervisor loads itself, if the zone has them. */
export function directBootFiles(host: Host, { zonename, directBoot }: MachineSpec) {
  if (directBoot === undefined) return {}
  const kernel = host.layout.kernel(zonename)
  return directBoot.initrdSha256 === undefined ? { kernel } : { kernel, initrd: host.layout.initrd(zonename) }
}
