import { z } from 'zod'

const disk = z.object({
  id: z.number(),
  /** Storage URI; where it leads is each host's matter. */
  storage: z.string(),
  /** How much of the storage the guest sees, in bytes: host data are beyond it. Absent: all. */
  sizeBytes: z.number().optional(),
  pciSlot: z.number(),
  serial: z.string(),
  /** Position in the firmware's boot order, from 0; absent for a data disk. */
  bootIndex: z.number().optional(),
})

const nic = z.object({
  kind: z.enum(['anet', 'net']),
  id: z.number(),
  pciSlot: z.number(),
  macAddress: z.string(),
  /** What virtio-net announces to the guest; absent: nothing. */
  mtu: z.number().optional(),
})

const directBoot = z.object({
  kernelSha256: z.string(),
  initrdSha256: z.string().optional(),
})

/**
 * All of a machine that its guest can see, resolved at boot and unchanged until it ends, whatever the configuration
 * says meanwhile. A migration builds the same machine from this record on the other host.
 */
export const machineSpec = z.object({
  schema: z.literal(1),
  zonename: z.string(),
  uuid: z.string(),
  hostid: z.string().optional(),
  machineType: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  /** In QEMU's words: a model and the features added to or taken from it. */
  cpu: z.string(),
  ncpus: z.number(),
  memoryBytes: z.number(),
  disks: z.array(disk),
  nics: z.array(nic),
  /** A kernel that the hypervisor loads itself, for guests without a boot loader. */
  directBoot: directBoot.optional(),
  bootargs: z.string(),
  /** How far the clock on the board is ahead of UTC when the machine starts, in seconds; absent: not at all. */
  rtcOffsetSeconds: z.int().optional(),
  /** Storage URI of what is in the CD drive, from which this machine has booted first; absent: it has no drive. */
  medium: z.string().optional(),
})

export type MachineSpec = z.infer<typeof machineSpec>
export type DiskSpec = z.infer<typeof disk>
export type NicSpec = z.infer<typeof nic>
