import { z } from 'zod'
import { Kind, Report } from '../compat/schema.ts'

/** The short true summary of a migration. */
export const MigrationSummary = z.object({
  migrationId: z.string(),
  zone: z.string(),
  kind: z.enum(['cold', 'warm', 'live']),
  source: z.string(),
  target: z.string(),
  dryRun: z.boolean(),
  /** Guest's memory travelled encrypted with this TLS cipher priority, or `none`. */
  cipher: z.string(),
  report: Report,
  /** From the request to the end of clean-up, in milliseconds. */
  totalMs: z.number(),
  /** Of each phase, in milliseconds. */
  phases: z.array(z.object({ name: z.string(), ms: z.number() })),
  /**
   * How long the guest stood still: as kzone measured it on the source's clock; until the source's bridges heard it from
   * there, so that it could be reached again; and as QEMU says.
   */
  pauseMs: z.number().nullable(),
  networkPauseMs: z.number().nullable(),
  qemuDowntimeMs: z.number().nullable(),
  /** The longest that an emulated guest stood still before that, in milliseconds, as it does whenever QEMU looks at what it has changed. */
  longestStopMs: z.number().nullable(),
  /** What the end of it took, of an emulated guest, besides what it had changed, in milliseconds: the next forecast goes by that. */
  endingMs: z.number().optional(),
  /** RAM sent over the network, in bytes. */
  transferredBytes: z.number().nullable(),
  /** What was wrong with the guest on the target once it had gone on there; absent: it was not looked at. */
  faults: z.array(z.string()).optional(),
})
export type MigrationSummary = z.infer<typeof MigrationSummary>

/** How a migration ended: from this host, or, if that is known here alone, how a zone came here. */
export const MigrationRecord = z.object({
  schema: z.literal(1),
  /** Absent: from this host. */
  direction: z.enum(['out', 'in']).optional(),
  zone: z.string(),
  kind: Kind,
  /** Names of the hosts; the target's is null if it was not heard of. */
  source: z.string(),
  target: z.string().nullable(),
  /** As the operator named the target. */
  targetUri: z.string(),
  /** Who asked for it, by the environment of the command: a claim, not a proof. */
  by: z.string().nullable(),
  startedAt: z.string(),
  endedAt: z.string(),
  totalMs: z.number(),
  /** `uncertain`: it was not known yet on which host the zone is. */
  outcome: z.enum(['moved', 'failed', 'refused', 'cancelled', 'uncertain']),
  /** Of the error with which it ended; a fault of kzone has no code. */
  code: z.string().optional(),
  message: z.string().optional(),
  /** Ids of the rules that refused it, also for what is unknown, and of those that warned. */
  refusals: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Of one that moved; the numbers are null where nothing was measured. */
  migrationId: z.string().optional(),
  pauseMs: z.number().nullable(),
  networkPauseMs: z.number().nullable().optional(),
  qemuDowntimeMs: z.number().nullable().optional(),
  longestStopMs: z.number().nullable().optional(),
  endingMs: MigrationSummary.shape.endingMs,
  faults: MigrationSummary.shape.faults,
  transferredBytes: z.number().nullable(),
  phases: MigrationSummary.shape.phases,
  /** Of the check; absent: it did not come to its end, or an older release has recorded this. */
  report: Report.optional(),
  /** What was asked for; absent: nothing. */
  cipher: z.string().optional(),
  limits: z
    .object({
      maxPauseMs: z.number().optional(),
      maxBytesPerSecond: z.number().optional(),
      postcopy: z.boolean().optional(),
    })
    .optional(),
})
export type MigrationRecord = z.infer<typeof MigrationRecord>
