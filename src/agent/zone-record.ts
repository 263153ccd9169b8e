import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ZoneError } from '../errors.ts'
import { knownHostData } from '../hostdata/owner-record/owner-record.ts'
import { atomicWrite } from '../util/atomic-write.ts'
import { machineSpec } from '../vm/schema.ts'
import { suspension } from '../vm/suspension.ts'

/**
 * How far the suspension of a guest is. `writing`: its image is being written, and the guest stands still. `abandoned`:
 * its image is worth nothing, the guest goes on. `whole`: the image is the guest. `resuming`: the guest goes on from the
 * image, which is worth nothing from then on.
 */
const suspendedGuest = suspension.extend({
  phase: z.enum(['writing', 'abandoned', 'whole', 'resuming']),
  /**
   * While its image is being written: the mount on which that lies (see `mountOf()`). Only where it is mounted a missing image says
   * that none was written. Absent: it is a device, or that is not known.
   */
  mount: z.string().optional(),
})
export type SuspendedGuest = z.infer<typeof suspendedGuest>

/** What a host knows of a zone beside its configuration, across reboots: `var/lib/zones/NAME/state.json`. */
export const zoneRecord = z.object({
  schema: z.literal(1),
  /** Null until the zone is installed or attached here. */
  uuid: z.string().nullable(),
  state: z.enum(['configured', 'incomplete', 'unavailable', 'installed']),
  /** Why the zone is unavailable or incomplete. */
  reason: z.string().optional(),
  /** Ids of the devices whose storage `install` made, and `uninstall` removes. */
  createdDevices: z.array(z.number()),
  /** Id of the device whose storage `install` is just making: if that was interrupted, it may be there. */
  making: z.number().optional(),
  /** A kernel that the hypervisor loads itself: files `kernel` and `initrd` in the zone's folder. */
  directBoot: machineSpec.shape.directBoot,
  /** Where the zone went when it left this host by a migration: it is not this host's any more. */
  movedTo: z.string().optional(),
  /** The migration by which the zone came here, so that its source can be told for certain. */
  arrival: z.string().optional(),
  suspended: suspendedGuest.optional(),
  /** Absent: its boot device has no host data. */
  hostData: knownHostData.optional(),
  /**
   * Where host data are being begun, and what the guest is to see of it, in bytes: if that was interrupted, the room for them is
   * there already, or it is not.
   */
  begun: z.array(z.object({ uri: z.string(), sizeBytes: z.number() })).optional(),
  /** How far its guest keeps the clock on the board ahead of UTC, in seconds: one may want local time there. */
  timeOffsetSeconds: z.int().optional(),
  /** It came by a migration, and its boot device has yet to say so. */
  unclaimed: z.literal(true).optional(),
})
export type ZoneRecord = z.infer<typeof zoneRecord>

export const newZoneRecord: ZoneRecord = { schema: 1, uuid: null, state: 'configured', createdDevices: [] }

/** What a host knows of a running zone, until it reboots: `run/zones/NAME.json`. */
export const runRecord = z.object({
  schema: z.literal(1),
  /** Number in the listing, new at each boot. */
  zoneId: z.number(),
  spec: machineSpec,
  links: z.array(z.string()),
  /** The configuration that the machine was made from. */
  configText: z.string(),
  /** Size of the pages behind the guest's memory, in bytes. */
  pageBytes: z.number(),
  /** The host that it came from by post-copy has lost a part of its memory: the guest can only be ended. */
  isHalfGone: z.boolean().optional(),
})
export type RunRecord = z.infer<typeof runRecord>

/**
 * Reads a JSON file that kzone wrote; undefined if it is not there.
 *
 * @throws ZoneError FILE_DAMAGED, naming it; it is never overwritten by this
 */
export async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new ZoneError(`The file "${path}" is damaged`, {
      code: 'FILE_DAMAGED',
      remedy: `Restore it from a backup, or move it away: mv ${path} ${path}.damaged`,
      cause: error,
    })
  }
}

export function writeRecord(path: string, record: unknown): Promise<void> {
  return atomicWrite(path, `${JSON.stringify(record, undefined, 2)}\n`, 0o600)
}
