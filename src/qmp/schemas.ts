import { z } from 'zod'

/** Schemas of the replies on which kzone decides, for QEMU 7.2 to 10.0. Members that it does not use are dropped. */

const runStates = [
  'debug',
  'inmigrate',
  'internal-error',
  'io-error',
  'paused',
  'postmigrate',
  'prelaunch',
  'finish-migrate',
  'restore-vm',
  'running',
  'save-vm',
  'shutdown',
  'suspended',
  'watchdog',
  'guest-panicked',
  'colo',
] as const

const migrationStatuses = [
  'none',
  'setup',
  'cancelling',
  'cancelled',
  'active',
  'postcopy-active',
  'postcopy-paused',
  // QEMU 9.1 and later
  'postcopy-recover-setup',
  'postcopy-recover',
  'completed',
  'failed',
  'colo',
  'pre-switchover',
  'device',
  'wait-unplug',
] as const

/** Of a guest that goes on elsewhere, while a part of its memory is still to be sent. */
export const postcopyStatuses: readonly string[] = [
  'postcopy-active',
  'postcopy-paused',
  'postcopy-recover-setup',
  'postcopy-recover',
]

/** Whether that is the state of a migration. */
export const isPostcopy = (status: string | undefined) =>
  status !== undefined && postcopyStatuses.includes(status)

export const versionSchema = z.object({
  qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
  package: z.string(),
})

export const statusSchema = z.object({ status: z.enum(runStates), running: z.boolean() })

/** What has a connection that QEMU could cut off. */
export const yankSchema = z.array(z.object({ type: z.string() })).readonly()

/** Sizes in bytes, times in milliseconds, `mbps` in megabits per second. */
export const migrationSchema = z.object({
  /** Absent if this QEMU has never migrated. */
  status: z.enum(migrationStatuses).optional(),
  ram: z
    .object({
      transferred: z.number(),
      remaining: z.number(),
      total: z.number(),
      duplicate: z.number(),
      normal: z.number(),
      'normal-bytes': z.number(),
      'dirty-pages-rate': z.number(),
      'dirty-sync-count': z.number(),
      mbps: z.number(),
      'page-size': z.number(),
      'postcopy-requests': z.number(),
    })
    .optional(),
  'total-time': z.number().optional(),
  'expected-downtime': z.number().optional(),
  'cpu-throttle-percentage': z.number().optional(),
  downtime: z.number().optional(),
  'setup-time': z.number().optional(),
  'error-desc': z.string().optional(),
  'blocked-reasons': z.array(z.string()).readonly().optional(),
  /** Where the target listens. */
  'socket-address': z
    .array(z.object({ type: z.string(), host: z.string().optional(), port: z.string().optional() }))
    .readonly()
    .optional(),
})

export const cpusFastSchema = z
  .array(
    z.object({
      'cpu-index': z.number(),
      'qom-path': z.string(),
      'thread-id': z.number(),
      target: z.string(),
    }),
  )
  .readonly()

export const machinesSchema = z
  .array(
    z.object({
      name: z.string(),
      alias: z.string().optional(),
      'is-default': z.boolean().optional(),
      'cpu-max': z.number(),
      deprecated: z.boolean(),
      'default-cpu-type': z.string().optional(),
      'default-ram-id': z.string().optional(),
    }),
  )
  .readonly()

export const cpuDefinitionsSchema = z
  .array(
    z.object({
      name: z.string(),
      typename: z.string(),
      'migration-safe': z.boolean().optional(),
      static: z.boolean(),
      /** Absent if the accelerator cannot tell; empty if every feature is available. */
      'unavailable-features': z.array(z.string()).readonly().optional(),
      'alias-of': z.string().optional(),
      deprecated: z.boolean(),
    }),
  )
  .readonly()

/** In `props`, CPU features are booleans, levels numbers, names strings. */
export const cpuModelExpansionSchema = z.object({
  model: z.object({
    name: z.string(),
    props: z.record(z.string(), z.unknown()).optional(),
  }),
})

export const blockSchema = z
  .array(
    z.object({
      device: z.string(),
      qdev: z.string().optional(),
      removable: z.boolean(),
      locked: z.boolean(),
      'io-status': z.enum(['ok', 'failed', 'nospace']).optional(),
      /** Absent for an empty drive. */
      inserted: z
        .object({
          file: z.string(),
          'node-name': z.string().optional(),
          drv: z.string(),
          ro: z.boolean(),
          image: z.object({
            filename: z.string(),
            format: z.string(),
            'virtual-size': z.number(),
            'actual-size': z.number().optional(),
          }),
        })
        .optional(),
    }),
  )
  .readonly()

/** What was asked of each drive, and has ended. */
export const blockStatsSchema = z
  .array(
    z.object({
      qdev: z.string().optional(),
      stats: z.object({ rd_operations: z.number(), failed_rd_operations: z.number() }),
    }),
  )
  .readonly()

/** Capabilities as strings: newer versions have more of them, older ones fewer. */
export const migrationCapabilitiesSchema = z
  .array(z.object({ capability: z.string(), state: z.boolean() }))
  .readonly()

/** `downtime-limit` in milliseconds, `max-bandwidth` in bytes per second. */
export const migrationParametersSchema = z.object({
  'downtime-limit': z.number().optional(),
  'max-bandwidth': z.number().optional(),
  'max-postcopy-bandwidth': z.number().optional(),
  'multifd-channels': z.number().optional(),
  'tls-creds': z.string().optional(),
  'tls-hostname': z.string().optional(),
  'tls-authz': z.string().optional(),
  'announce-initial': z.number().optional(),
  'announce-max': z.number().optional(),
  'announce-rounds': z.number().optional(),
  'announce-step': z.number().optional(),
})

/** Of jobs that copy storage: in bytes, and the total grows while the guest writes. `error` only once it is concluded. */
export const jobsSchema = z
  .array(
    z.object({
      id: z.string(),
      type: z.string(),
      status: z.string(),
      'current-progress': z.number(),
      'total-progress': z.number(),
      error: z.string().optional(),
    }),
  )
  .readonly()
