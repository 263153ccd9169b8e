import { z } from 'zod'
import { fact } from '../facts/schema.ts'

const Text = z.string().min(1)

export const Kind = z.enum(['cold', 'warm', 'live'])
export type Kind = z.infer<typeof Kind>

/** A command to type, and the name of the host to type it on. */
export const Command = z.object({ host: Text, command: Text })
export type Command = z.infer<typeof Command>

/** One way out; several remedies of a finding are alternatives. Without commands it is advice. */
export const Remedy = z.object({ how: Text, commands: z.array(Command) })
export type Remedy = z.infer<typeof Remedy>

/** Something that the rules have found out: it refuses the migration, or it warns. */
export const Difference = z.object({
  verdict: z.enum(['refuse', 'warn']),
  rule: Text,
  title: Text,
  /** Where the manual tells of the rule: `man:PAGE(SECTION)#RULE`. */
  manual: Text,
  /** What differs, spelled as in the configuration where it is there. */
  property: Text,
  /** The values as people read them. */
  source: z.string(),
  target: z.string(),
  /** What it would do to a guest that goes on there. */
  why: Text,
  remedies: z.array(Remedy),
})
export type Difference = z.infer<typeof Difference>

/** Something that could not be found out. It refuses as well: an unread fact is no promise. */
export const Undecided = z.object({
  verdict: z.literal('unknown'),
  rule: Text,
  title: Text,
  manual: Text,
  /** The fact that is missing. */
  property: Text,
  /** Name of the host on which it could not be read. */
  host: Text,
  reason: Text,
  remedies: z.array(Remedy),
})
export type Undecided = z.infer<typeof Undecided>

export const Finding = z.discriminatedUnion('verdict', [Difference, Undecided])
export type Finding = z.infer<typeof Finding>

/** What a live migration is expected to take, by rates that were measured for it. */
export const Forecast = z.object({
  /** Whether the rest of the memory gets small enough to be sent within the pause that is allowed. */
  converges: z.boolean(),
  /** From the first connection until the guest goes on; null if there is no end to it. */
  transferMs: z.number().nullable(),
  /** How long the guest stands still at the end; without an end, how long if it were stopped at some time. */
  pauseMs: z.number(),
  /** Guest memory that gets to the target, and guest memory that the guest changes, in a second. */
  bytesPerSecond: z.number(),
  dirtyBytesPerSecond: z.number(),
  /** The share of its time, in percent, for which the guest is to stand still meanwhile; absent: it need not be slowed down. */
  slowedPercent: z.number().optional(),
})
export type Forecast = z.infer<typeof Forecast>

/** All that the rules say about one zone, one target and one kind of migration. */
export const Report = z.object({
  schema: z.literal(1),
  /** `pass` may still carry warnings. */
  verdict: z.enum(['pass', 'refuse']),
  zone: z.object({ name: Text, uuid: Text }),
  kind: Kind,
  /** Names of the hosts. */
  source: Text,
  target: Text,
  /** Refusals first, then what is unknown, then warnings; each in order of rule and property. */
  findings: z.array(Finding),
  /** Of the facts that stayed unknown, those without which the operator wanted to be answered: they do not refuse. */
  notJudged: z.array(Text).optional(),
  /** Ids of the rules that found nothing, and of those that are not about this kind of migration. */
  passed: z.array(Text),
  skipped: z.array(Text),
  /** Of the skipped ones, those that compare what only two hosts can tell that are asked for it. */
  notTried: z.array(Text).optional(),
  /** Absent where nothing was measured for it. */
  forecast: fact(Forecast).optional(),
})
export type Report = z.infer<typeof Report>
