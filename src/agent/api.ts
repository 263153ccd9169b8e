import { z } from 'zod'
import type { Target } from '../compat/subject.ts'
import { MigrationRecord, MigrationSummary } from './migration-summary.ts'
import type { Subjects } from './outgoing/subjects.ts'
import type { ShownHostData } from './ownership/show-record.ts'
import { MigrationStatus } from './progress.ts'

export { MigrationRecord, MigrationSummary } from './migration-summary.ts'
export type { ShownArea, ShownHostData } from './ownership/show-record.ts'
export { MigrationStatus, Progress } from './progress.ts'

const Zone = z.object({ zone: z.string().min(1) })
const Nothing = z.object({})
const Storage = z.object({ uri: z.string() })

/** Names of zones with which something was done, and with which it failed. */
const WithHost = z.object({ done: z.array(z.string()), failed: z.array(z.string()) })

export const ZoneListEntry = z.object({
  /** Number of a running zone; null for the others. */
  id: z.number().nullable(),
  name: z.string(),
  uuid: z.string().nullable(),
  brand: z.string(),
  /** Always excl for a kernel zone. */
  ipType: z.string(),
  state: z.string(),
  auxiliary: z.array(z.string()),
  /** Why it is unavailable, incomplete or paused, or still suspending. */
  reason: z.string().optional(),
})
export type ZoneListEntry = z.infer<typeof ZoneListEntry>

/** Environment of the operator's command that ssh needs: agent socket, home, configuration. */
const Environment = z.record(z.string(), z.string())

/**
 * All that a client of zonesd can ask for, on the local socket. Each operation: what it takes, what it answers. While
 * it runs it may send `Progress`.
 */
export const operations = {
  'host/hello': {
    params: Nothing,
    result: z.object({
      version: z.string(),
      protocol: z.object({ min: z.number(), max: z.number() }),
      host: z.object({ id: z.string(), name: z.string() }),
      pid: z.number(),
    }),
  },
  /** Ends zonesd; the zones go on running. With `force` what is under way is cancelled; else it is refused then. */
  'host/stop': { params: z.object({ force: z.boolean() }), result: Nothing },
  /** Facts of this host, as the compatibility check sees them (facts/schema.ts HostFacts). */
  'host/facts': {
    params: z.object({ storage: z.array(z.string()), cpus: z.array(z.string()) }),
    result: z.unknown(),
  },
  /** Facts of another host, and its own configurations of zones, for a check. Changes nothing there. */
  'host/survey': {
    params: z.object({
      target: z.string().min(1),
      environment: Environment,
      zones: z.array(z.string()),
      storage: z.array(z.string()),
      cpus: z.array(z.string()),
    }),
    result: z.custom<Target>(),
  },

  /** Zones as the compatibility check sees them (null: all), and the facts of this host read for it. */
  'zone/subjects': {
    params: z.object({ zones: z.array(z.string()).nullable() }),
    result: z.custom<Subjects>(),
  },

  /** Starts the zones that are to start with the host; answers their names. */
  'host/boot-zones': { params: Nothing, result: WithHost },
  /** Ends all zones that run, each as its configuration wants it when the host goes down. */
  'host/shutdown-zones': { params: Nothing, result: WithHost },

  /** What the host data of a zone's boot device, or of any storage, say; null: its storage can have none. */
  'host-data/show': {
    params: z.union([
      z.object({ zone: z.string().min(1) }),
      z.object({ uri: z.string(), key: z.string().regex(/^[0-9a-f]{64}$/) }),
    ]),
    result: z.custom<ShownHostData>().nullable(),
  },

  /** Really opens a storage object, as the guest's hypervisor does. */
  'storage/look': {
    params: Storage,
    result: z.object({
      sizeBytes: z.number(),
      identity: z.string().nullable(),
      /** Its path on this host, if it has one. */
      device: z.string().nullable(),
      /** The zone of this host that has it. */
      usedBy: z.string().nullable(),
    }),
  },
  /** Storage that this host can see, by URI: `lu` devices, `iscsi` units of a portal or of those that the host was told. */
  'storage/find': {
    params: z.object({
      types: z.array(z.enum(['lu', 'iscsi'])),
      host: z.string().optional(),
      port: z.number().optional(),
      luname: z.string().optional(),
      target: z.string().optional(),
      lun: z.number().optional(),
    }),
    result: z.object({ uris: z.array(z.string()) }),
  },
  /** The URIs of what a path of this host is. */
  'storage/name': {
    params: z.object({ device: z.string() }),
    result: z.object({ uris: z.array(z.string()) }),
  },
  /** Gives it a path on this host (storage/mapping.ts). */
  'storage/map': {
    params: z.object({ uri: z.string(), writable: z.boolean() }),
    result: z.object({ device: z.string() }),
  },
  'storage/unmap': { params: Storage, result: Nothing },
  /** Makes it; it must not be there yet. */
  'storage/create': { params: z.object({ uri: z.string(), sizeBytes: z.number() }), result: Nothing },
  'storage/delete': { params: Storage, result: Nothing },

  'zone/list': { params: Nothing, result: z.object({ zones: z.array(ZoneListEntry) }) },

  'config/load': {
    params: z.object({ zone: z.string().min(1), live: z.boolean() }),
    result: z.object({ text: z.string(), digest: z.string() }).nullable(),
  },
  'config/save': {
    params: z.object({
      zone: z.string().min(1),
      text: z.string(),
      /** Digest of the text that was edited; null: there must be none yet. */
      expected: z.string().nullable(),
      live: z.boolean(),
    }),
    result: z.object({ digest: z.string(), notes: z.array(z.string()) }),
  },
  'config/remove': { params: Zone, result: Nothing },
  /** The zone's key file, in hexadecimal; null: it has none. The socket is root's alone. */
  'config/key': { params: Zone, result: z.string().nullable() },
  'config/template': { params: z.object({ name: z.string().min(1) }), result: z.string().nullable() },

  /** Checks that the zone can be installed or booted here; answers what is wrong, each with its remedy. */
  'zone/verify': {
    params: Zone,
    result: z.object({ problems: z.array(z.object({ message: z.string(), remedy: z.string().nullable() })) }),
  },
  'zone/install': {
    params: z.object({
      zone: z.string().min(1),
      /** Image copied onto the boot device. */
      image: z.object({ path: z.string(), format: z.enum(['raw', 'qcow2']) }).nullable(),
      /** Files for a guest without boot loader, copied into the zone's folder. */
      kernel: z.string().nullable(),
      initrd: z.string().nullable(),
      /** Storage URI of a medium that the zone is booted from when it is installed: its installer does the rest. */
      medium: z.string().nullable(),
      /** Begin new host data on the boot device, whatever is at its end. */
      initialize: z.boolean(),
    }),
    result: z.object({ seconds: z.number() }),
  },
  /** Installs a zone from the disks of another one, which is down. */
  'zone/clone': {
    params: z.object({ zone: z.string().min(1), source: z.string().min(1), initialize: z.boolean() }),
    result: z.object({ seconds: z.number() }),
  },
  /** Moves disks to other storage, also while the guest goes on. Without ids: the boot disks in their order, then the others. */
  'zone/move': {
    params: z.object({
      zone: z.string().min(1),
      wishes: z.array(z.object({ uri: z.string().min(1), id: z.number().int().optional() })).min(1),
      /** Overwrite what is there. */
      force: z.boolean(),
    }),
    result: Nothing,
  },
  /** A suspended guest goes on instead of booting; with `discard` it is given up and the zone boots from its disk. */
  'zone/boot': {
    params: z.object({
      zone: z.string().min(1),
      bootargs: z.string().nullable(),
      discard: z.boolean(),
      /** Storage URI of a medium that this boot begins from. */
      medium: z.string().nullable(),
    }),
    result: Nothing,
  },
  /** Asks the guest to end; answers when it has. With `reboot` it is started again. */
  'zone/shutdown': {
    params: z.object({ zone: z.string().min(1), reboot: z.boolean(), bootargs: z.string().nullable() }),
    result: Nothing,
  },
  /** With `discard` a suspended guest is given up. */
  'zone/halt': { params: z.object({ zone: z.string().min(1), discard: z.boolean() }), result: Nothing },
  /** Saves the guest to the place that the suspend resource names, and ends its machine. */
  'zone/suspend': { params: Zone, result: Nothing },
  'zone/reboot': {
    params: z.object({ zone: z.string().min(1), bootargs: z.string().nullable() }),
    result: Nothing,
  },
  'zone/uninstall': { params: Zone, result: Nothing },
  /** With `force` also if its disk cannot say so. */
  'zone/detach': { params: z.object({ zone: z.string().min(1), force: z.boolean() }), result: Nothing },
  /**
   * With `force` also a zone that has left this host by a migration; with `takeover` whoever has it by its host data; with
   * `initialize` new host data are begun. A guest that is suspended by its host data goes on at the next boot; with `discard`
   * it is given up.
   */
  'zone/attach': {
    params: z.object({
      zone: z.string().min(1),
      force: z.boolean(),
      takeover: z.boolean(),
      initialize: z.boolean(),
      discard: z.boolean(),
    }),
    result: Nothing,
  },
  /** Asks the operation under way to end; answers its name, or null if there is none. */
  'zone/cancel': { params: Zone, result: z.object({ cancelled: z.string().nullable() }) },
  'zone/rename': {
    params: z.object({ zone: z.string().min(1), newName: z.string().min(1) }),
    result: Nothing,
  },
  /** Gives it a new key: that of its keysource, or one of its own. */
  'zone/rekey': { params: Zone, result: Nothing },
  'zone/mark': {
    params: z.object({ zone: z.string().min(1), state: z.enum(['incomplete', 'unavailable']) }),
    result: Nothing,
  },
  /** Where zlogin connects for the console (vm/console.ts says what it finds there). */
  'zone/console': { params: Zone, result: z.object({ socket: z.string() }) },

  'zone/migrate': {
    params: z.object({
      zone: z.string().min(1),
      target: z.string().min(1),
      /** `auto`: the kind that fits the zone's state; any other is refused if it does not fit. */
      type: z.enum(['auto', 'cold', 'warm', 'live']),
      dryRun: z.boolean(),
      /** The target's configuration of the zone is replaced with this host's. */
      overwrite: z.boolean(),
      /** Cipher of the memory stream; null: negotiated; `none`: in the clear. */
      cipher: z.string().nullable(),
      /** How long a running guest may stand still, and how fast its memory may travel; absent: no wish. */
      maxPauseMs: z.int().positive().optional(),
      maxBytesPerSecond: z.int().positive().optional(),
      /** The guest may go on at the target before all of its memory is there, rather than not move. */
      postcopy: z.boolean().optional(),
      /** Storage to which the zone's local disks are moved first, the boot disks' first. */
      newStorage: z.array(z.string().min(1)).optional(),
      environment: Environment,
    }),
    result: MigrationSummary,
  },
  /** How far the migration of a zone is, from either host. */
  'zone/migration': { params: Zone, result: MigrationStatus },
  /** How the migrations from this host and to it ended, of these zones (null: all), and how many records cannot be read. */
  'host/migrations': {
    params: z.object({ zones: z.array(z.string()).nullable() }),
    result: z.object({ records: z.array(MigrationRecord), damaged: z.number() }),
  },
  /** Ciphers that both hosts have for the memory stream. */
  'zone/ciphers': {
    params: z.object({ target: z.string().min(1), environment: Environment }),
    result: z.object({ ciphers: z.array(z.string()) }),
  },
  /** Finishes or undoes a migration that was interrupted; safe to call twice. */
  'zone/recover': {
    params: z.object({
      zone: z.string().min(1),
      environment: Environment,
      /** The operator vouches that the target is gone for good and runs nothing. */
      targetIsGone: z.boolean(),
    }),
    result: z.object({ lines: z.array(z.string()) }),
  },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

type Operations = typeof operations
export type OperationName = keyof Operations
export type Params<N extends OperationName> = z.infer<Operations[N]['params']>
export type Result<N extends OperationName> = z.infer<Operations[N]['result']>
