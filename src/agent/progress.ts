import { z } from 'zod'
import { Kind, Report } from '../compat/schema.ts'
import { Foretold } from '../migration/foretold.ts'
import { TransferProgress } from '../migration/transfer-progress.ts'

/** What a long operation reports: lines as Solaris prints them, a compatibility report, or the transfer's progress. */
export const Progress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('line'), text: z.string() }),
  z.object({ kind: z.literal('report'), report: Report }),
  TransferProgress,
])
export type Progress = z.infer<typeof Progress>

/** What a host knows of the migration of a zone that is under way. */
export const MigrationStatus = z.discriminatedUnion('direction', [
  z.object({ direction: z.literal('none') }),
  z.object({
    direction: z.literal('out'),
    kind: Kind,
    /** As the operator named it. */
    target: z.string(),
    startedAt: z.string(),
    elapsedMs: z.number(),
    /** Null: the target has not been reached yet. */
    phase: z.string().nullable(),
    /** What it said last. */
    step: z.string().nullable(),
    /** Of the check; null: it has not ended yet. */
    warnings: z.number().nullable(),
    /** Until the switch-over, of a guest that was measured before, on its way to the same host; null: it was not. */
    forecast: Foretold.nullable(),
    /** While memory is being sent. */
    transfer: TransferProgress.nullable(),
  }),
  z.object({
    direction: z.literal('in'),
    kind: Kind,
    source: z.string(),
    migrationId: z.string(),
    /** How long ago the source gave its last sign of life. */
    heardMs: z.number(),
    stage: z.enum(['reserved', 'receiving', 'going']),
    /** What the source told last; absent: nothing, as one of an older release does. */
    told: z
      .object({
        phase: z.string().nullable(),
        forecast: Foretold.nullable().optional(),
        transfer: TransferProgress.nullable(),
      })
      .optional(),
  }),
  /** It runs here, and a part of its memory is still on the host that it came from (post-copy). */
  z.object({ direction: z.literal('filling'), isBroken: z.boolean(), isLost: z.boolean().optional() }),
  /** Not a migration: a suspension, or resumption, was interrupted or has failed, and `migrate --recover` has to settle it. */
  z.object({
    direction: z.literal('suspension'),
    /** Its guest may stand still in a machine here; else it is in the image, or lost. */
    hasMachine: z.boolean(),
    /** Where the image is, as the operator wrote it. */
    place: z.string(),
  }),
  /** It was interrupted, and `migrate --recover` has to settle it. */
  z.object({
    direction: z.literal('unsettled'),
    was: z.enum(['out', 'in']),
    kind: Kind,
    other: z.string(),
  }),
])
export type MigrationStatus = z.infer<typeof MigrationStatus>
