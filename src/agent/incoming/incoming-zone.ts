import type { IncomingJournal } from '../../migration/journal.ts'
import type { Zone, ZoneOperation } from '../zone.ts'

/** How long a target waits for a sign of life of the source before it gives up. */
export const leaseMs = 60_000

/** A zone on its way to this host. It can be given up until it is told to go. */
export interface IncomingZone {
  readonly zone: Zone
  readonly journal: IncomingJournal
  readonly held: ZoneOperation & Disposable
  /** Text of the configuration that holds here. */
  readonly configText: string
  /** When the source was last heard, on the clock of `performance.now()`. */
  heardAtMs: number
  /** Set when the zone is told to run here: from then on it is not given up. */
  going: boolean
  /** Key of the memory stream on disk, while it is needed. */
  key: AsyncDisposable | undefined
}
