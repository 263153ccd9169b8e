import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { atomicWrite } from '../util/atomic-write.ts'
import { messageOf } from '../util/message-of.ts'
import { CpuModel, Hypervisor } from './schema.ts'

/** All that what a hypervisor offers hangs on. */
const hypervisorKey = z.object({
  path: z.string(),
  sizeBytes: z.number(),
  modifiedMs: z.number(),
  kernel: z.string(),
  /** Firmware, microcode and the options of the KVM module change with a boot, and CPU features with them. */
  bootId: z.string(),
  /** KZ_ACCEL, or why there can be no KVM; null if a trial decides. */
  order: z.string().nullable(),
  /** The CPU of the trial. */
  cpu: z.string(),
})
export type HypervisorKey = z.infer<typeof hypervisorKey>

const hypervisorRecord = z.object({
  schema: z.literal(2),
  key: hypervisorKey,
  acceleratorReason: z.string(),
  hypervisor: Hypervisor.omit({ devices: true, acceleratorReason: true }),
  firmwareFolders: z.array(z.string()),
  tscFrequencyHz: z.number().nullable(),
  /** The device models that were asked for so far, and whether QEMU has them. */
  devices: z.record(z.string(), z.boolean()),
  /** Every model that QEMU knows, and what the host lacks of it. */
  models: z.record(z.string(), z.array(z.string())),
  /** The CPUs that were asked for so far, as `-cpu` takes them. */
  cpus: z.record(z.string(), CpuModel),
})
export type HypervisorRecord = z.infer<typeof hypervisorRecord>

/** Reads the record of an earlier run. A file that is missing or damaged is as good as none: it will be rewritten. */
export async function readHypervisorCache(path: string): Promise<HypervisorRecord | undefined> {
  try {
    return hypervisorRecord.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Keeps the record for later runs. A disk that is full or read-only only costs time: it must not hide the facts. */
export async function writeHypervisorCache(path: string, record: HypervisorRecord): Promise<void> {
  try {
    await atomicWrite(path, JSON.stringify(record))
  } catch (error) {
    process.emitWarning(`Cannot keep "${path}": ${messageOf(error)}`)
  }
}
