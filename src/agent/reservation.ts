import type { MachineSpec } from '../vm/schema.ts'

/** What a machine takes of its host, from when it is promised until the machine is gone. */
export interface Reservation {
  /** The migration's id, or any other that is its own. */
  readonly id: string
  readonly kind: 'running' | 'booting' | 'arriving'
  readonly spec: MachineSpec
  /** Size of the huge pages that it gets; undefined: normal pages. */
  readonly pageBytes: number | undefined
}
