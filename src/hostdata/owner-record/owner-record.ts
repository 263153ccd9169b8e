import { z } from 'zod'

const host = z.object({
  /** Stays with the host when it is renamed. */
  id: z.string(),
  name: z.string(),
})

/** A device with a copy of the record, and what the guest sees of it, in bytes: host data are beyond it. */
const deviceCopy = z.object({ device: z.number(), sizeBytes: z.int().positive() })
export type DeviceCopy = z.infer<typeof deviceCopy>

/**
 * Whose a zone is, on its boot devices: what every host that reaches the disk can know. Solaris has the same in its host data
 * (solaris-kz(7), "Host Data").
 */
export const ownerRecord = z.object({
  schema: z.literal(1),
  /** Uuid of the zone. */
  zone: z.string(),
  name: z.string(),
  /** One more each time that the zone gets another owner: who finds a higher one than its own has lost it. */
  generation: z.int().positive(),
  owner: host,
  /** As far as the owner has told. `detached`: it has given the zone up, and any host may attach it. */
  state: z.enum(['installed', 'running', 'suspended', 'detached']),
  updatedAt: z.string(),
  /** What the guest sees of the device, in bytes: host data is beyond it. */
  sizeBytes: deviceCopy.shape.sizeBytes,
  /** The device that this copy was written to: on another one it is out of its place. Absent: there is one copy alone. */
  device: z.number().optional(),
  /** All devices with a copy, the lead first: the one that holds. Absent: this one alone. */
  copies: z.array(deviceCopy).optional(),
  /** How far its guest keeps the clock on the board ahead of UTC, in seconds; absent: not at all. */
  timeOffsetSeconds: z.int().optional(),
  /** While a migration is under way: who may take the zone with which ticket. */
  transit: z.object({ ticket: z.string(), to: host }).optional(),
  /** Where the guest is while it is suspended. */
  image: z.object({ id: z.string(), place: z.string() }).optional(),
  /** SHA-256 of the owner's configuration without its keysource, as text of `zonecfg export`. */
  configDigest: z.string().optional(),
})
export type OwnerRecord = z.infer<typeof ownerRecord>

/** What a host knows of the host data of a zone without looking: where they are, and the last record that it has seen. */
export const knownHostData = z.object({
  /** The device of the lead, whose record holds. */
  ...deviceCopy.shape,
  generation: ownerRecord.shape.generation,
  /** Place of the record in the order of all that were written there: one that is older was put back. */
  sequence: z.number(),
  /** The devices with further copies, in the order in which they are written. */
  replicas: z.array(deviceCopy).optional(),
})
export type KnownHostData = z.infer<typeof knownHostData>

/** All devices of a zone with host data, the lead first. */
export function copiesOf(
  known: Pick<KnownHostData, 'device' | 'sizeBytes' | 'replicas'> | undefined,
): readonly DeviceCopy[] {
  if (known === undefined) return []
  const { device, sizeBytes, replicas = [] } = known
  return [{ device, sizeBytes }, ...replicas]
}

/** What the guest sees of a device with host data, in bytes; undefined: it has none. */
export function guestBytes(known: KnownHostData | undefined, device: number): number | undefined {
  return copiesOf(known).find((copy) => copy.device === device)?.sizeBytes
}

/** The record as it is on one of its devices. */
export function onDevice(record: OwnerRecord, device: number): OwnerRecord {
  const own = record.copies?.find((copy) => copy.device === device)
  return own === undefined ? record : { ...record, ...own }
}
