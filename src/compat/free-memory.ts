import type { HugePages, Memory } from '../facts/schema.ts'

/** What a further guest can have of normal pages, in bytes; negative if more is promised than there is. */
export function freeMemoryBytes(
  { availableBytes, totalBytes, committedBytes, takenBytes }: Memory,
  pools: readonly Pick<HugePages, 'sizeBytes' | 'total'>[],
): number {
  const poolBytes = pools.reduce((sum, { sizeBytes, total }) => sum + sizeBytes * total, 0)
  return Math.min(availableBytes - (committedBytes - takenBytes), totalBytes - poolBytes - committedBytes)
}
