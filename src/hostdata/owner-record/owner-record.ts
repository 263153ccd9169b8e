import { z } from 'zod'

const host = z.object({
  /** Stays with the host when it is renamed. */
  id: z.string(),
  name: z.string(),
})

/**
 * Whose a zone is, on its boot device: what every host that reaches the disk can know. Solaris has the same in its host data
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
  sizeBytes: z.int().positive(),
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
  /** Id of the device. */
  device: z.number(),
  sizeBytes: ownerRecord.shape.sizeBytes,
  generation: ownerRecord.shape.generation,
  /** Place of the record in the order of all that were written there: one that is older was put back. */
  sequence: z.number(),
})
export type KnownHostData = z.infer<typeof knownHostData>
