import type { BootRecord } from '../facts/schema.ts'
import { nicKey } from './command-line.ts'
import type { MachineSpec } from './schema.ts'

/** What virtio-net tells the guest if the contract sets no MTU. */
const ethernetMtu = 1500

/** Of the controller that every machine of the type q35 has. */
const diskController = '1f.2'

/** The part of a boot record that follows from the machine alone, on whatever host it runs. */
export type BootedMachine = Pick<
  BootRecord,
  'machineType' | 'cpuModel' | 'accelerator' | 'memoryBytes' | 'maxCpus' | 'devices' | 'nics'
>

/** What a guest finds in a machine, as the compatibility check compares it. */
export function bootedMachine(spec: MachineSpec): BootedMachine {
  return {
    machineType: spec.machineType,
    cpuModel: spec.cpu,
    accelerator: spec.accelerator,
    memoryBytes: spec.memoryBytes,
    maxCpus: spec.ncpus,
    devices: [
      ...spec.disks.map(({ id, pciSlot }) => ({
        kind: 'virtio-blk-pci',
        id: `device${id}`,
        pciAddress: `${pciSlot}.0`,
      })),
      ...spec.nics.map((nic) => ({
        kind: 'virtio-net-pci',
        id: nicKey(nic),
        pciAddress: `${nic.pciSlot}.0`,
      })),
      ...(spec.medium === undefined ? [] : [{ kind: 'ide-cd', id: 'medium', pciAddress: diskController }]),
    ],
    nics: spec.nics.map(({ kind, id, macAddress, mtu }) => ({
      kind,
      id,
      mac: macAddress,
      mtu: mtu ?? ethernetMtu,
    })),
  }
}
