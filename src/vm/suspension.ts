import { z } from 'zod'
import { BootRecord } from '../facts/schema.ts'
import { machineSpec } from './schema.ts'

/** Where a suspend image lies: a file of the host, or a storage object. */
export const imagePlace = z.union([z.object({ path: z.string() }), z.object({ storage: z.string() })])
export type ImagePlace = z.infer<typeof imagePlace>

/**
 * A suspended guest: all that is needed to build its machine again on any host, and to find its memory. The host that has
 * the zone knows it, and the image holds it as well, authenticated.
 */
export const suspension = z.object({
  schema: z.literal(1),
  /** An image that says another id is not this guest's memory, however well it is authenticated. */
  imageId: z.uuid(),
  place: imagePlace,
  suspendedAt: z.iso.datetime(),
  /** Name of the host where it ran. */
  host: z.string(),
  spec: machineSpec,
  boot: BootRecord,
  /** The configuration that the machine was made from. */
  configText: z.string(),
})
export type Suspension = z.infer<typeof suspension>
