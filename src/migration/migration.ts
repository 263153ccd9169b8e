import type { Kind, Report } from '../compat/schema.ts'
import type { KnownHostData } from '../hostdata/owner-record/owner-record.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { Suspension } from '../vm/suspension.ts'
import type { Peer } from './peer.ts'

/** A zone at its source, as far as every migration has to do with it. */
export interface MovingZone {
  readonly name: string
  readonly uuid: string
  /** The configuration that holds for the zone, as text of `zonecfg export`. */
  readonly configText: string
  /** The machine that it runs in, was suspended in, or would boot in. */
  readonly spec: MachineSpec
  /** Of a suspended zone. */
  readonly suspended?: Suspension | undefined
  /** Absent: its boot device does not say whose it is. */
  readonly hostData?: KnownHostData | undefined
  /** The zone's key, if it has one by now; it goes with the zone, over the conversation with the target alone. */
  readZoneKey(): Promise<Buffer | undefined>
  /** Content of a file of a direct boot. */
  readBootFile(file: 'kernel' | 'initrd'): Promise<Buffer>
  /** Writes on its boot device that the target may take it with this migration's id; takes that back. */
  offer(ticket: string, to: { readonly id: string; readonly name: string }): Promise<void>
  withdraw(): Promise<void>
  /** Ends its machine here, if it has one, and gives the zone up: it is `configured` afterwards. */
  giveUp(): Promise<void>
}

/** Where a migration stands; the phases fill in what they find out. */
export interface Migration {
  readonly id: string
  readonly operationId: string
  readonly kind: Kind
  readonly source: MovingZone
  readonly sourceHost: { readonly id: string; readonly name: string }
  readonly peer: Peer
  readonly signal: AbortSignal
  /** Null: negotiated; `none`: in the clear. */
  readonly cipher: string | null
  /** The source's configuration takes the place of the one that the target has. */
  readonly overwrite: boolean
  readonly line: (text: string) => void
  readonly onReport: (report: Report) => void
  /** Called right before the target is told that the zone is its own: what is to be durable by then must be so. */
  readonly noteHandOver: () => Promise<void>
  target: { id: string; name: string; ciphers: readonly string[] } | undefined
  report: Report | undefined
  /** Set before the target is told to take the zone: from then on it may not run here without the target's word. */
  handedOver: boolean
  /** Where the target's QEMU waits for the guest's memory, of one that runs. */
  streamUri?: string | undefined
  /** When the target had taken the zone, on the clock of `performance.now()`. */
  continuedAtMs: number | undefined
}
