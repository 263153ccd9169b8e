import type { ZoneShape } from './zone-shape.ts'

/** How the zone moves, and how often that is drawn. One that is down has no state that could go. */
export const kinds = { live: 0.6, warm: 0.25, 'post-copy': 0.15 } as const
export type PairKind = keyof typeof kinds

/** The two QEMUs. */
export type QemuVersion = '7.2' | '10.0'

/** What is wrong on the target host. */
export interface HostChange {
  readonly make: readonly (readonly string[])[]
  readonly unmake: readonly (readonly string[])[]
}

/** A zone that runs or is suspended on one host and is to move to another: what the check is asked about, and what is then tried. */
export interface Pair {
  readonly kind: PairKind
  readonly from: QemuVersion
  readonly to: QemuVersion
  readonly zone: ZoneShape
  /** The zone's configuration since it was suspended; null: as it was. */
  readonly changedZone: ZoneShape | null
  /** The zone's configuration on the target; null if it has none. */
  readonly targetZone: ZoneShape | null
  readonly targetChanges: readonly HostChange[]
  readonly encrypt: boolean
  /** As `zoneadm migrate -c` takes it; null: the two ends choose. */
  readonly cipher: string | null
  /** A zone on the target with one of the zone's MAC addresses. */
  readonly neighbourMac: string | undefined
  /** What was changed so that the two sides differ. */
  readonly differences: readonly string[]
}
