import type { CounterRecord } from '../guest/counter-disk.ts'

/** A record of the guest on its way to the storage. */
export interface Write extends CounterRecord {
  /** Counts the writes in the order in which the server got them. */
  readonly id: number
  /** Address of the host that wrote. */
  readonly host: string
}

/** What the storage's witness tells. */
export type WitnessEvent =
  | { readonly kind: 'ready' | 'cut' | 'healed' }
  | ({ readonly kind: 'write' } & Write)
  | { readonly kind: 'confirmed'; readonly id: number }
