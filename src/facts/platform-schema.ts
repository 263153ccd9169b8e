import { z } from 'zod'

const Text = z.string().min(1)
const Count = z.int().nonnegative()

/** A build of the firmware, told by its content. */
export const FirmwareImage = z.object({ sizeBytes: Count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type FirmwareImage = z.infer<typeof FirmwareImage>

/** A firmware file that QEMU loads on this host. */
export const FirmwareFile = FirmwareImage.extend({ name: Text, path: Text })
export type FirmwareFile = z.infer<typeof FirmwareFile>

/** What the host does against the faults of its processor. */
export const Mitigations = z.object({
  /** Revision of the microcode, as the kernel tells it; null if it tells none, as in many virtual machines. */
  microcode: Text.nullable(),
  /** By the names of the kernel (`spectre_v2`), in its words: `Not affected`, `Vulnerable…` or `Mitigation: …`. */
  vulnerabilities: z.record(z.string(), z.string()),
})
export type Mitigations = z.infer<typeof Mitigations>

/** The time-stamp counter of the processor. */
export const Tsc = z.object({
  /** What KVM says a guest's counter runs at; null where KVM does not run guests. */
  frequencyHz: Count.nullable(),
  /** It counts at one speed, whatever the processor does. */
  invariant: z.boolean(),
  /** The processor can give a guest a counter of another speed than its own. */
  scaling: z.boolean(),
})
export type Tsc = z.infer<typeof Tsc>

/** Memory that zonesd and what it starts may lock; null: as much as there is. */
export const LockedMemory = z.object({ limitBytes: Count.nullable() })
export type LockedMemory = z.infer<typeof LockedMemory>

export const Clock = z.object({
  /** What the kernel takes the time from, such as `tsc`. */
  source: Text,
  /** Whether the clock is kept by a time server; null if nothing on this host tells. */
  synchronised: z.boolean().nullable(),
})
export type Clock = z.infer<typeof Clock>

/** As whom zonesd acts on this host. */
export const Operator = z.object({ user: Text, isRoot: z.boolean() })
export type Operator = z.infer<typeof Operator>
