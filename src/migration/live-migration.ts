import type { OwnerSeen } from '../compat/input.ts'
import type { ZoneError } from '../errors.ts'
import type { BootRecord, Fact, HostFacts } from '../facts/schema.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import type { MemoryContents } from '../vm/memory-contents.ts'
import type { Contract } from '../zone/contract.ts'
import type { ZoneKeys } from './key-seal.ts'
import type { MemoryProgress } from './memory-progress.ts'
import type { Migration, MovingZone } from './migration.ts'
import type { MemorySent } from './send-memory.ts'

/** The running zone at its source. Its configuration is the one that holds for the machine. */
export interface SourceZone extends MovingZone {
  readonly state: string
  readonly auxiliary: readonly string[]
  readonly contract: Contract
  readonly qmp: QmpConnection
  /** Folder for the key of the memory stream, while it is needed. */
  readonly keyFolder: string
  /** A socket of this host by which what is missing of the memory is sent, or needs not be. */
  readonly restSocket: string
  facts(storage: readonly string[]): Promise<HostFacts>
  bootRecord(): Promise<Fact<BootRecord>>
  /** Whose it is by its boot device. */
  seeOwner(): Promise<Fact<OwnerSeen>>
  /** Its keys here, by the configuration that holds for it. */
  keys(): Promise<Fact<ZoneKeys>>
  /** As `placeMark()` of the storage, from this host. */
  placeMark(uri: string, mark: Buffer, signal: AbortSignal): Promise<AsyncDisposable | undefined>
  /** What is in its memory; undefined: it cannot be told. */
  memoryContents(): Promise<MemoryContents | undefined>
  /** When the bridges of this host hear the guest from elsewhere (`performance.now()`); undefined: it is not known. */
  heardElsewhere(): Promise<number | undefined>
}

/** Where one live migration stands. */
export interface LiveMigration extends Migration {
  readonly kind: 'live'
  readonly source: SourceZone
  /** Whether to take the time to measure how the transfer would go. */
  readonly foretell: boolean
  /** What the end of the last migrations to that host took, for that: see `endingMs()`. */
  readonly lastEndingsMs: (target: string | undefined) => Promise<readonly number[]>
  /** How long the guest may stand still, in ms, and how fast its memory may travel, in bytes a second, by the operator. */
  readonly maxPauseMs: number | undefined
  readonly maxBytesPerSecond: number | undefined
  /** Whether the guest may go on at the target before all of its memory is there, rather than not move. */
  readonly postcopy: boolean
  /** After the hand-over of a guest that goes on by post-copy; answers why it is lost, if it is. */
  readonly drain: () => Promise<ZoneError | undefined>
  readonly onMemory: (progress: MemoryProgress) => void
  /** Writes down where the guest's memory is sent to, before it is: for a zonesd that comes after this one. */
  readonly noteWay: (streamUri: string) => Promise<void>
  sent: MemorySent | undefined
  /** Why the guest died while its memory was on both hosts; undefined: it did not. */
  guestLost: ZoneError | undefined
  /** What is wrong with the guest on the target, after it went on there; undefined: not asked. */
  faults: readonly string[] | undefined
  /** When this host's bridges heard it from there, on the clock of `performance.now()`. */
  heardThereAtMs: number | undefined
}
