import type { PeerPool } from '../migration/peer-pool.ts'
import type { StorageContext } from '../storage/driver.ts'
import type { HostLayout } from '../util/host-layout.ts'
import type { GoingDown } from './going-down.ts'
import type { HostKnowledge } from './host-knowledge.ts'
import type { Reservations } from './reservations.ts'
import type { ZoneRegistry } from './zone-registry.ts'

/** All that the operations of one host's zonesd work on. */
export interface Host {
  readonly layout: HostLayout
  /** `id` stays with the host when it is renamed. */
  readonly identity: { readonly id: string; readonly name: string }
  readonly storage: StorageContext
  readonly registry: ZoneRegistry
  /** What this host offers, read when asked for. */
  readonly knowledge: HostKnowledge
  /** The conversations with other hosts. */
  readonly peers: PeerPool
  /** What has been promised to incoming migrations. */
  readonly reservations: Reservations
  /** One line for the log of zonesd. */
  readonly log: (line: string) => void
  /** Aborted when zonesd is to end: nothing new is begun. */
  readonly ending: AbortSignal
  readonly goingDown: GoingDown
  /** Ends zonesd; the zones go on running. */
  readonly stop: () => void
}
