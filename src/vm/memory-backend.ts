import { backingPages, type PagePool } from '../compat/backing-pages.ts'
import { ZoneError } from '../errors.ts'
import type { ContractMemory } from '../zone/contract.ts'
import { formatSize } from '../zone/schema/size.ts'

const mib = 1024 * 1024

function noPages(memory: ContractMemory): ZoneError {
  const size = formatSize(memory.physicalBytes)
  return new ZoneError(
    `Not enough contiguous free memory pages to allocate capped-memory:physical value of ${size}B for zone`,
    {
      code: 'NO_HUGE_PAGES',
      remedy:
        'Provide huge pages (/sys/kernel/mm/hugepages/*/nr_hugepages), or set pagesize-policy=largest-available',
    },
  )
}

function noSuchPages({ pagesizeBytes = 0 }: ContractMemory, pools: readonly PagePool[]): ZoneError {
  const offered = pools.map(({ sizeBytes }) => formatSize(sizeBytes)).join(', ')
  return new ZoneError(
    `The capped-memory:pagesize value ${formatSize(pagesizeBytes)} is not supported on this host`,
    { code: 'PAGESIZE_UNKNOWN', remedy: `Use one of: ${offered || 'none offered here'}` },
  )
}

/**
 * The page size that backs a zone's memory on this host, following `pagesize-policy`. The guest cannot see it.
 * Unset means the smallest page that boots; `largest-available` falls back to it, the other policies refuse.
 *
 * @param pools huge pages of this host
 * @returns the size in bytes, or undefined for the host's normal pages
 * @throws ZoneError NO_HUGE_PAGES, PAGESIZE_UNKNOWN
 */
export function backingPageBytes(memory: ContractMemory, pools: readonly PagePool[]): number | undefined {
  const backing = backingPages(memory, pools)
  if (backing.from === 'normal') return undefined
  if (backing.from === 'pool') return backing.sizeBytes
  const isOffered = pools.some(({ sizeBytes }) => sizeBytes === memory.pagesizeBytes)
  throw memory.pagesizePolicy === 'fixed' && !isOffered ? noSuchPages(memory, pools) : noPages(memory)
}

/**
 * QEMU's object for the guest's memory. Huge pages are taken in full at the start, since a missing one would kill the
 * guest later; normal pages are promised by kzone's own accounting and touched when the guest does.
 */
export function memoryBackend(memoryBytes: number, pageBytes: number | undefined): string {
  const size = `size=${memoryBytes / mib}M`
  if (pageBytes === undefined) return `memory-backend-ram,id=pc.ram,${size}`
  return `memory-backend-memfd,id=pc.ram,${size},hugetlb=on,hugetlbsize=${pageBytes / mib}M,prealloc=on`
}
