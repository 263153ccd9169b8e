import type { HugePages } from '../facts/schema.ts'
import type { ContractMemory } from '../zone/contract.ts'

/** The page size of x86-64 without huge pages. */
export const normalPageBytes = 4096

/** Huge pages of one size, and how many of them are free. */
export type PagePool = Pick<HugePages, 'sizeBytes' | 'free'>

/** Which pages a host would back a zone's memory with, or which pool lacks them. */
export type Backing =
  | { readonly from: 'normal' }
  | { readonly from: 'pool'; readonly sizeBytes: number }
  /** `sizeBytes` is undefined if the host has no huge pages at all. */
  | { readonly from: 'nowhere'; readonly sizeBytes: number | undefined; readonly freePages: number }

/** Follows the page-size policy on a host with these pools, as the boot there does. */
export function backingPages(memory: ContractMemory, pools: readonly PagePool[]): Backing {
  const { pagesizePolicy, pagesizeBytes, physicalBytes } = memory
  const fits = ({ sizeBytes, free }: PagePool) =>
    physicalBytes % sizeBytes === 0 && sizeBytes * free >= physicalBytes
  const inOnly = (pool: PagePool | undefined, sizeBytes = pool?.sizeBytes): Backing =>
    pool !== undefined && fits(pool)
      ? { from: 'pool', sizeBytes: pool.sizeBytes }
      : { from: 'nowhere', sizeBytes, freePages: pool?.free ?? 0 }
  if (pagesizePolicy === 'fixed') {
    return inOnly(
      pools.find(({ sizeBytes }) => sizeBytes === pagesizeBytes),
      pagesizeBytes,
    )
  }
  if (pagesizePolicy === 'largest-only') return inOnly(largest(pools))
  const chosen = pagesizePolicy === 'largest-available' ? largest(pools.filter(fits)) : undefined
  return chosen === undefined ? { from: 'normal' } : { from: 'pool', sizeBytes: chosen.sizeBytes }
}

function largest(pools: readonly PagePool[]): PagePool | undefined {
  return pools.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0]
}
