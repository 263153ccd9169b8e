import { z } from 'zod'
import { Kind } from '../compat/schema.ts'
import { HostFacts } from '../facts/schema.ts'
import { knownHostData } from '../hostdata/owner-record/owner-record.ts'
import { machineSpec } from '../vm/schema.ts'
import { suspension } from '../vm/suspension.ts'
import { Foretold } from './foretold.ts'
import { SealedConfiguration } from './key-seal.ts'
import { TransferProgress } from './transfer-progress.ts'

const Migration = z.object({ migrationId: z.uuid() })
/** How far the source is, for whoever asks the target; as its own status has it. */
const Told = z.object({
  phase: z.string().nullable(),
  /** Absent: of an older release. */
  forecast: Foretold.nullable().optional(),
  transfer: TransferProgress.nullable(),
})
export type Told = z.infer<typeof Told>

const Trial = z.object({ trialId: z.uuid() })
const Nothing = z.object({})

const Hello = z.object({
  version: z.string(),
  protocol: z.object({ min: z.number(), max: z.number() }),
  host: z.object({ id: z.string(), name: z.string() }),
  ciphers: z.array(z.string()),
})

/**
 * How a migration ended at its target. `none`: the zone did not run there by it, and never will. `arrived`: the zone is
 * that host's. `lost`: the host went down while the zone may have begun to run there.
 */
export const IncomingStatus = z.enum(['none', 'arrived', 'lost'])
export type IncomingStatus = z.infer<typeof IncomingStatus>

/** What the zonesd of a migration's source asks of the target's. Both sides check what they get. */
export const peerOperations = {
  'peer/hello': { params: Hello, result: Hello },
  'peer/ping': { params: Nothing, result: Nothing },
  /** What the check needs to know of the target. Changes nothing there. */
  'peer/assess': {
    params: z.object({
      zone: z.string().min(1),
      storage: z.array(z.string()),
      cpus: z.array(z.string()),
      /** Where the configuration that may be imported has the zone's key from. */
      keyUri: z.string().optional(),
    }),
    result: z.object({ facts: HostFacts, config: SealedConfiguration }),
  },
  /** The same for many zones, of which those that are not there are left out. Changes nothing there. */
  'peer/survey': {
    params: z.object({
      zones: z.array(z.string()),
      storage: z.array(z.string()),
      cpus: z.array(z.string()),
    }),
    result: z.object({ facts: HostFacts, configurations: z.record(z.string(), SealedConfiguration) }),
  },
  /** Looks on storage for marks that the source has put there. Changes nothing. */
  'peer/sees': {
    params: z.object({
      marks: z.array(z.object({ uri: z.string(), mark: z.string().regex(/^[0-9a-f]{16}$/) })),
    }),
    result: z.object({
      seen: z.array(
        z.object({
          uri: z.string(),
          mark: z.enum(['seen', 'missing', 'untried']),
          words: z.string().optional(),
        }),
      ),
    }),
  },
  /**
   * Listens for a trial stream, as `peer/prepare` will for the guest's memory. It goes on until `peer/try-end`, or the
   * end of this conversation, or a minute.
   */
  'peer/try': {
    params: Trial.extend({
      /** Made for this trial alone; null: in the clear. */
      key: z
        .object({
          /** In hexadecimal. */
          psk: z.string(),
          /** TLS priority string; null: the library's choice. */
          priority: z.string().nullable(),
        })
        .nullable(),
      /** What is to be sent, and how much empty memory besides; null: only the connection is tried. */
      load: z
        .object({ machineType: z.string().min(1), memoryBytes: z.int(), emptyBytes: z.int().default(0) })
        .nullable(),
      /** Whether post-copy is to be tried too. */
      postcopy: z.boolean().optional(),
    }),
    result: z.object({ host: z.string(), port: z.string() }),
  },
  'peer/try-end': { params: Trial, result: Nothing },
  /** Holds name, memory and configuration for the zone, until `go`, `abort`, or the end of this conversation. */
  'peer/reserve': {
    params: Migration.extend({
      zone: z.string().min(1),
      source: z.string(),
      spec: machineSpec,
      /** Imported if the target has no configuration. */
      configText: z.string(),
      /** Imported even if it has one. */
      overwrite: z.boolean().optional(),
      /** Absent: live. */
      kind: Kind.optional(),
      suspended: suspension.optional(),
      /** Of a zone whose boot device says whose it is; who does not know this would build another disk. */
      hostData: knownHostData.optional(),
      /** The zone's key, in hexadecimal. */
      key: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
    result: z.object({
      imported: z.boolean(),
      /** Files of a direct boot that the target lacks. */
      missing: z.array(z.enum(['kernel', 'initrd'])),
    }),
  },
  /** A piece of a file that the target lacks, in base64; pieces come in order. */
  'peer/file': {
    params: Migration.extend({ file: z.enum(['kernel', 'initrd']), data: z.base64(), last: z.boolean() }),
    result: Nothing,
  },
  /** Starts the machine, waiting for the guest's memory. */
  'peer/prepare': {
    params: Migration.extend({
      /** Key of the memory stream, in hexadecimal; null: in the clear. */
      psk: z.string().nullable(),
      priority: z.string().nullable(),
      /** The guest may go on before all of its memory is there. */
      postcopy: z.boolean().optional(),
    }),
    result: z.object({ host: z.string(), port: z.string() }),
  },
  /** The source is still at it, and how far: a target that hears nothing for its lease gives up. */
  'peer/alive': { params: Migration.extend({ told: Told.optional() }), result: Nothing },
  /** How much of the guest's memory has come, and its machine has not taken it in yet; null: that cannot be told. */
  'peer/unread': { params: Migration, result: z.object({ bytes: z.int().nullable() }) },
  /** Hands the zone over: the target may run it from now on, and the source may not. Answers once this is on disk. */
  'peer/go': {
    params: Migration,
    /** How long the target took for what came after the guest went on: not a part of the pause. */
    result: z.object({ afterwardsMs: z.number() }),
  },
  /** How a guest that has just gone on is: what is wrong, in words. */
  'peer/health': {
    params: z.object({ zone: z.string().min(1) }),
    result: z.object({ faults: z.array(z.string()) }),
  },
  /**
   * Of a guest that went on at the target before all of its memory was there, and whose stream has broken: waits for another
   * stream, or says how it stands if it is only asked. `whole`: nothing is missing any more; `ended`: the guest does not run
   * there any more; `stuck`: its QEMU takes no other stream, at least not now.
   */
  'peer/rejoin': {
    params: Migration.extend({
      zone: z.string().min(1),
      isOnlyAsked: z.boolean(),
      /** What is missing there is gone here, so that its guest is lost unless it is whole. */
      isHalfGone: z.boolean().optional(),
    }),
    result: z.object({ status: z.enum(['waits', 'filling', 'whole', 'ended', 'stuck']) }),
  },
  /** The source has written down that the zone is the target's: it will never ask for this migration again. */
  'peer/settled': { params: Migration, result: Nothing },
  /**
   * Gives up what can still be given up, removes all that was made for it, and says how the migration ended. `lost` is
   * said until the source has acknowledged it: by then nothing there can resume the guest's old memory.
   */
  'peer/abort': {
    params: Migration.extend({ zone: z.string().min(1), knowsOfLoss: z.boolean() }),
    result: z.object({ status: IncomingStatus }),
  },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

export type PeerOperations = typeof peerOperations
export type PeerOperationName = keyof PeerOperations
export type PeerParams<N extends PeerOperationName> = z.infer<PeerOperations[N]['params']>
export type PeerResult<N extends PeerOperationName> = z.infer<PeerOperations[N]['result']>
