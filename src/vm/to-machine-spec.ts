import { ZoneError } from '../errors.ts'
import type { Contract, ContractDevice, ContractNic } from '../zone/contract.ts'
import { cpuModel } from './cpu-class.ts'
import { machineType } from './machine-type.ts'
import { pciSlot } from './pci-slot.ts'
import type { DiskSpec, MachineSpec, NicSpec } from './schema.ts'

export interface MachineContext {
  readonly uuid: string
  readonly accelerator: 'kvm' | 'tcg'
  /** Machine types that the hypervisor of this host knows. */
  readonly machineTypes: readonly string[]
  readonly directBoot?: MachineSpec['directBoot']
  /** Overrides the contract's `bootargs` for this boot. */
  readonly bootargs?: string | undefined
  /** The devices with host data, and how much of each the guest sees, in bytes. */
  readonly hostData?: readonly { readonly device: number; readonly sizeBytes: number }[] | undefined
}

/** Boot disks in the order of `bootpri`, then `id`. */
export function bootOrder(devices: readonly ContractDevice[]): ContractDevice[] {
  return devices
    .filter((device) => device.bootpri !== undefined)
    .toSorted((a, b) => (a.bootpri ?? 0) - (b.bootpri ?? 0) || a.id - b.id)
}

function diskSpec(
  device: ContractDevice,
  order: readonly ContractDevice[],
  hostData: MachineContext['hostData'],
): DiskSpec {
  if (device.storage === undefined) {
    throw new ZoneError(`device ${device.id} is given by "match", which kernel zones cannot use`, {
      code: 'DEVICE_BY_MATCH',
      remedy: `Give it a storage URI: select device id=${device.id}; clear match; set storage=…; end`,
    })
  }
  const bootIndex = order.indexOf(device)
  const shown = hostData?.find((each) => each.device === device.id)
  return {
    id: device.id,
    storage: device.storage,
    ...(shown === undefined ? {} : { sizeBytes: shown.sizeBytes }),
    pciSlot: pciSlot('device', device.id),
    serial: `kz-disk${device.id}`,
    ...(bootIndex === -1 ? {} : { bootIndex }),
  }
}

function nicSpec({ kind, id, macAddress, mtu }: ContractNic): NicSpec {
  if (macAddress === undefined) {
    throw new ZoneError(`${kind} ${id} has no MAC address`, {
      code: 'NO_MAC',
      remedy: `Set one: select ${kind} id=${id}; set mac-address=auto; end`,
    })
  }
  return { kind, id, pciSlot: pciSlot(kind, id), macAddress, ...(mtu === undefined ? {} : { mtu }) }
}

/**
 * The machine of a zone: a function of its contract, of what only a host can decide (accelerator, newest machine type),
 * and of nothing else.
 *
 * @throws ZoneError if the contract asks for what a machine cannot have
 */
export function toMachineSpec(contract: Contract, context: MachineContext): MachineSpec {
  const order = bootOrder(contract.devices)
  return {
    schema: 1,
    zonename: contract.zonename,
    uuid: context.uuid,
    ...(contract.hostid === undefined ? {} : { hostid: contract.hostid }),
    machineType: machineType(contract.hostCompatible, context.machineTypes),
    accelerator: context.accelerator,
    cpu: cpuModel(contract.cpuArch),
    ncpus: contract.ncpus,
    memoryBytes: contract.memory.physicalBytes,
    disks: contract.devices.map((device) => diskSpec(device, order, context.hostData)),
    nics: contract.nics.map(nicSpec),
    ...(context.directBoot === undefined ? {} : { directBoot: context.directBoot }),
    bootargs: context.bootargs ?? contract.bootargs,
  }
}
