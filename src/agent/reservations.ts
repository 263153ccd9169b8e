import type { MachineSpec } from '../vm/schema.ts'

/** What a host holds back for an incoming migration until it ends, one way or the other. */
export interface Reservation {
  readonly migrationId: string
  readonly zone: string
  readonly spec: MachineSpec
}

/** The promises of a host to incoming migrations; they last as long as zonesd or the migration, whichever is shorter. */
export class Reservations {
  readonly #byMigration = new Map<string, Reservation>()

  add(reservation: Reservation): void {
    this.#byMigration.set(reservation.migrationId, reservation)
  }

  drop(migrationId: string): void {
    this.#byMigration.delete(migrationId)
  }

  all(): Reservation[] {
    return [...this.#byMigration.values()]
  }
}
