import type { IncomingJournal } from '../../migration/journal.ts'
import type { Told } from '../../migration/peer-api.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Zone, ZoneOperation } from '../zone.ts'

/** How long a target waits for a sign of life of the source before it gives up. */
export const leaseMs = patienceMs(60_000)

/** A zone on its way to this host. It can be given up until it is told to go. */
export interface IncomingZone {
  readonly zone: Zone
  readonly journal: IncomingJournal
  readonly held: ZoneOperation & Disposable
  /** Text of the configuration that holds here. */
  readonly configText: string
  /** Size of the huge pages that are promised to it; undefined: normal pages. */
  readonly pageBytes: number | undefined
  /** When the source was last heard, on the clock of `performance.now()`. */
  heardAtMs: number
  /**
   * Set, without a pause, when the zone is told to run here: resolves to when the guest went on, on the clock of
   * `performance.now()`. Only if it rejects, which means that the guest has certainly not run, can it be given up.
   */
  going: Promise<number> | undefined
  /** What the source told last of how far it is. */
  told?: Told
  /** It may go on before all of its memory is here. */
  postcopy?: boolean
  /** Where its machine waits for the guest's memory. */
  streamPort?: string
  /** While its machine is being started; never rejects. */
  preparing?: Promise<unknown> | undefined
  /** It runs here, and that is to be written down. */
  hasGone?: boolean
  /** That it could not be written down is in the log. */
  hasToldFailure?: boolean
  /** While the arrival is being written down. */
  settling?: Promise<void> | undefined
  /** Set, without a pause, when it is given up: nothing more of it is taken. */
  isOver?: boolean
  /** While what was made for it is being removed. */
  givingUp?: Promise<void> | undefined
  /** Key of the memory stream on disk, while it is needed. */
  key: AsyncDisposable | undefined
}

/** Whether it is to be given up now: its source is silent, or it could not be given up when it was to be. */
export function isOverdue({ isOver, going, heardAtMs }: IncomingZone): boolean {
  return isOver === true || (going === undefined && performance.now() - heardAtMs > leaseMs)
}
