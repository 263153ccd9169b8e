import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Kind } from '../compat/schema.ts'
import { knownHostData } from '../hostdata/owner-record/owner-record.ts'
import { machineSpec } from '../vm/schema.ts'
import { suspension } from '../vm/suspension.ts'

/**
 * What a host has begun of a migration, written before it begins. It is there exactly while the migration is neither
 * finished nor undone, and enough to do either after a crash.
 */
export const migrationJournal = z.discriminatedUnion('direction', [
  z.object({
    schema: z.literal(1),
    direction: z.literal('out'),
    migrationId: z.string(),
    zone: z.string(),
    target: z.string(),
    /** Id of the target, as it writes it on the boot device. */
    targetId: z.string().optional(),
    /** How to reach the target again. */
    environment: z.record(z.string(), z.string()),
    /** Absent: live. */
    kind: Kind.optional(),
    startedAt: z.string().optional(),
    /** Whether the guest may go on at the target before all of its memory is there. */
    postcopy: z.boolean().optional(),
    /** With post-copy: the target has said that the zone is there, and the stream of what is missing has broken since. */
    arrived: z.boolean().optional(),
    /** Of a zone that does not run: written before the target is told that the zone is its own. Of a live one it is in no file. */
    handedOver: z.boolean().optional(),
    /**
     * Where the guest's memory is sent to, from before that begins: without it a zone that runs was not handed over. If QEMU
     * waits there without end, the way is cut.
     */
    streamUri: z.string().optional(),
  }),
  z.object({
    schema: z.literal(1),
    direction: z.literal('in'),
    migrationId: z.string(),
    zone: z.string(),
    source: z.string(),
    startedAt: z.string().optional(),
    /** Whether this host had no configuration of the zone: it is removed again if the migration fails. */
    imported: z.boolean(),
    spec: machineSpec,
    /** Absent: live. */
    kind: Kind.optional(),
    suspended: suspension.optional(),
    hostData: knownHostData.optional(),
    /** The configuration that was here before, if the source's has taken its place: it comes back if the migration fails. */
    replaced: z.string().optional(),
  }),
])
export type MigrationJournal = z.infer<typeof migrationJournal>
export type OutgoingJournal = Extract<MigrationJournal, { direction: 'out' }>
export type IncomingJournal = Extract<MigrationJournal, { direction: 'in' }>

export const journalPath = (zoneFolder: string) => join(zoneFolder, 'migration.json')

export async function removeJournal(zoneFolder: string): Promise<void> {
  await rm(journalPath(zoneFolder), { force: true })
}
