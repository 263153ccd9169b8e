import { ZoneError } from '../errors.ts'
import type { ContractMemory } from '../zone/contract.ts'
import { formatSize } from '../zone/schema/size.ts'

export interface PagePool {
  readonly sizeBytes: number
  readonly freePages: number
}

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

/**
 * The page size that backs a zone's memory on this host, following `pagesize-policy`. The guest cannot see it.
 * Unset means the smallest page that boots; `largest-available` falls back to it, the other policies refuse.
 *
 * @param pools huge pages of this host
 * @returns the size in bytes, or undefined for the host's normal pages
 * @throws ZoneError NO_HUGE_PAGES, PAGESIZE_UNKNOWN
 */
export function backingPageBytes(memory: ContractMemory, pools: readonly PagePool[]): number | undefined {
  const fits = ({ sizeBytes, freePages }: PagePool) =>
    memory.physicalBytes % sizeBytes === 0 && sizeBytes * freePages >= memory.physicalBytes
  const largestFirst = pools.toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  switch (memory.pagesizePolicy) {
    case 'largest-only': {
      const largest = largestFirst[0]
      if (largest === undefined || !fits(largest)) throw noPages(memory)
      return largest.sizeBytes
    }
    case 'fixed': {
      const wanted = memory.pagesizeBytes ?? 0
      const pool = pools.find(({ sizeBytes }) => sizeBytes === wanted)
      if (pool === undefined) {
        throw new ZoneError(
          `The capped-memory:pagesize value ${formatSize(wanted)} is not supported on this host`,
          {
            code: 'PAGESIZE_UNKNOWN',
            remedy: `Use one of: ${pools.map(({ sizeBytes }) => formatSize(sizeBytes)).join(', ') || 'none offered here'}`,
          },
        )
      }
      if (!fits(pool)) throw noPages(memory)
      return wanted
    }
    case 'largest-available':
      return largestFirst.find(fits)?.sizeBytes
    case undefined:
    default:
      return undefined
  }
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
