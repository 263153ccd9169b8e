import { freeMemoryBytes } from '../compat/free-memory.ts'
import { ZoneError } from '../errors.ts'
import type { PromisedMemory } from '../facts/gather.ts'
import { lessPromised } from '../facts/memory.ts'
import { backingPageBytes } from '../vm/memory-backend.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { ContractMemory } from '../zone/contract.ts'
import { formatSize } from '../zone/schema/size.ts'
import type { Reservation } from './reservation.ts'
import type { Stock } from './stock.ts'

/** What of the host's memory is promised, taken or not: of normal pages, and the huge pages that are still to be taken. */
export function promisedMemory(
  promises: readonly Reservation[],
  taken: Stock['taken'],
): Required<PromisedMemory> {
  let committedBytes = 0
  let takenBytes = 0
  const hugePages = new Map<number, number>()
  for (const { spec, pageBytes } of promises) {
    const has = taken.get(spec.zonename)
    const bytes = has?.pageBytes === pageBytes ? (has?.bytes ?? 0) : 0
    if (pageBytes === undefined) {
      committedBytes += spec.memoryBytes
      takenBytes += Math.min(bytes, spec.memoryBytes)
    } else {
      const missing = Math.ceil(Math.max(0, spec.memoryBytes - bytes) / pageBytes)
      if (missing > 0) hugePages.set(pageBytes, (hugePages.get(pageBytes) ?? 0) + missing)
    }
  }
  return { committedBytes, takenBytes, hugePages }
}

/**
 * Finds memory for a machine beside what is promised to others.
 *
 * @returns the size of the huge pages it gets; undefined: normal pages
 * @throws ZoneError NO_MEMORY, NO_HUGE_PAGES, PAGESIZE_UNKNOWN, naming those who have it
 */
export function requireRoom(
  { zonename, memoryBytes }: MachineSpec,
  memory: ContractMemory,
  others: readonly Reservation[],
  stock: Stock,
): number | undefined {
  const { committedBytes, takenBytes, hugePages } = promisedMemory(others, stock.taken)
  const wanted = { ...memory, physicalBytes: memoryBytes }
  const pools = lessPromised(stock.pools, hugePages)
  const pageBytes = huge(() => backingPageBytes(wanted, pools), zonename, others)
  if (pageBytes !== undefined) return pageBytes
  const freeBytes = freeMemoryBytes({ ...stock.memory, committedBytes, takenBytes }, stock.pools)
  if (memoryBytes <= freeBytes) return undefined
  const left = `${Math.max(0, Math.floor(freeBytes / 1024 ** 2))}M`
  throw new ZoneError(
    `zone '${zonename}': needs ${formatSize(memoryBytes)} of memory, this host has ${left} left${holders(others, ({ pageBytes }) => pageBytes === undefined)}`,
    { code: 'NO_MEMORY', remedy: 'Halt another zone, or lower capped-memory:physical' },
  )
}

/** Adds to the refusal of a policy whose the pages are. */
function huge(
  choose: () => number | undefined,
  zonename: string,
  others: readonly Reservation[],
): number | undefined {
  try {
    return choose()
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    const { code, remedy = '' } = error
    const whose = holders(others, ({ pageBytes }) => pageBytes !== undefined)
    throw new ZoneError(`zone '${zonename}': ${error.message}${whose}`, { code, remedy, cause: error })
  }
}

const shownHolders = 5

/** Who has the most of it, for a message. */
function holders(others: readonly Reservation[], holds: (other: Reservation) => boolean): string {
  const largestFirst = others.filter(holds).toSorted((a, b) => b.spec.memoryBytes - a.spec.memoryBytes)
  const named = largestFirst
    .slice(0, shownHolders)
    .map(({ spec, kind }) => `${spec.zonename} ${formatSize(spec.memoryBytes)} (${kind})`)
  const more = largestFirst.length - named.length
  if (named.length === 0) return ''
  return `; promised to ${[...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')}`
}
