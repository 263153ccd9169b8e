import type { migrationSchema } from '../qmp/schemas.ts'

export interface MemoryProgress {
  readonly remainingBytes: number
  readonly totalBytes: number
  readonly transferredBytes: number
  readonly bytesPerSecond: number
  readonly pass: number
  /** By how much QEMU slows the guest down, so that it changes less. */
  readonly throttlePercent: number
  /** How much of its memory the guest changes in a second; 0: not known yet. */
  readonly changedBytesPerSecond: number
}

type Ram = NonNullable<ReturnType<typeof migrationSchema.parse>['ram']>

export function progressOf(ram: Ram, throttlePercent = 0): MemoryProgress {
  return {
    remainingBytes: ram.remaining,
    totalBytes: ram.total,
    transferredBytes: ram.transferred,
    bytesPerSecond: (ram.mbps * 1e6) / 8,
    pass: ram['dirty-sync-count'],
    throttlePercent,
    changedBytesPerSecond: ram['dirty-pages-rate'] * ram['page-size'],
  }
}
