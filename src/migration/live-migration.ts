import type { Report } from '../compat/schema.ts'
import type { BootRecord, Fact, HostFacts } from '../facts/schema.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { Peer } from './peer.ts'
import type { MemoryProgress, MemorySent } from './send-memory.ts'
import type { StreamCompression } from './stream-settings.ts'

/** The zone at its source, as far as a migration has to do with it. */
export interface SourceZone {
  readonly name: string
  readonly uuid: string
  readonly state: string
  readonly auxiliary: readonly string[]
  readonly contract: Contract
  /** The configuration that holds for the running machine, as text of `zonecfg export`. */
  readonly configText: string
  readonly spec: MachineSpec
  readonly qmp: QmpConnection
  /** Folder for the key of the memory stream, while it is needed. */
  readonly keyFolder: string
  facts(storage: readonly string[]): Promise<HostFacts>
  bootRecord(): Promise<Fact<BootRecord>>
  /** Content of a file of a direct boot. */
  readBootFile(file: 'kernel' | 'initrd'): Promise<Buffer>
  /** Ends the machine here and gives the zone up: it is `configured` afterwards. */
  giveUp(): Promise<void>
}

/** Where one live migration stands; the phases fill in what they find out. */
export interface LiveMigration {
  readonly id: string
  readonly operationId: string
  readonly source: SourceZone
  readonly sourceHost: { readonly id: string; readonly name: string }
  readonly peer: Peer
  readonly signal: AbortSignal
  /** Null: negotiated; `none`: in the clear. */
  readonly cipher: string | null
  readonly line: (text: string) => void
  readonly onReport: (report: Report) => void
  readonly onMemory: (progress: MemoryProgress) => void
  target: { name: string; ciphers: readonly string[] } | undefined
  report: Report | undefined
  /** How the memory is compressed on its way: what both hypervisors can. */
  compression: StreamCompression
  /** Where the target's QEMU waits for the guest's memory. */
  streamUri: string | undefined
  sent: MemorySent | undefined
  /** Set before the target is told to run the zone: from then on it may not run here without the target's word. */
  handedOver: boolean
  /** When the target had continued the guest, on the clock of `performance.now()`. */
  continuedAtMs: number | undefined
}
