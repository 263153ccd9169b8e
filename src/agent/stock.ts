import { readFile } from 'node:fs/promises'
import { normalPageBytes } from '../compat/backing-pages.ts'
import { readHugePages, readMemory, type SystemMemory } from '../facts/memory.ts'
import type { HugePages } from '../facts/schema.ts'
import type { StorageContext } from '../storage/driver.ts'
import { storageIdentity } from '../storage/storage.ts'
import type { RunningZone } from './zone.ts'
import type { ZoneRegistry } from './zone-registry.ts'

/** Memory that a machine has really taken, of pages of one size. */
export interface TakenMemory {
  readonly bytes: number
  /** Size of its huge pages; undefined: normal pages. */
  readonly pageBytes: number | undefined
}

/** What a host has at one moment, and what of it the machines that run have taken by then. */
export interface Stock {
  readonly memory: SystemMemory
  readonly pools: readonly HugePages[]
  /** By the name of the zone. */
  readonly taken: ReadonlyMap<string, TakenMemory>
  /** What tells storage from other storage, by URI. */
  readonly identities: ReadonlyMap<string, string>
}

/**
 * Looks what this host has. What is taken is read before what is left: memory that is taken in between counts twice, and
 * never not at all.
 *
 * @param uris storage whose identity is wanted
 */
export async function readStock(
  registry: Pick<ZoneRegistry, 'all'>,
  storage: StorageContext,
  uris: readonly string[],
): Promise<Stock> {
  const taken = await takenMemory(registry)
  const [memory, pools, identities] = await Promise.all([
    readMemory(),
    readHugePages(),
    Promise.all([...new Set(uris)].map(async (uri) => [uri, await storageIdentity(uri, storage)] as const)),
  ])
  return { memory, pools, taken, identities: new Map(identities) }
}

/** What the machines that run here have taken of the host's memory, by zone. */
export async function takenMemory(
  registry: Pick<ZoneRegistry, 'all'>,
): Promise<ReadonlyMap<string, TakenMemory>> {
  const entries = registry
    .all()
    .map(async ({ name, running }) =>
      running === undefined ? undefined : ([name, await takenBy(running)] as const),
    )
  return new Map((await Promise.all(entries)).filter((entry) => entry !== undefined))
}

/** The size of the huge pages behind a machine; undefined: it has normal ones. */
export function hugePageBytes({ record }: RunningZone): number | undefined {
  return record.pageBytes === normalPageBytes ? undefined : record.pageBytes
}

async function takenBy(running: RunningZone): Promise<TakenMemory> {
  const { spec, qemu } = running.machine
  const pageBytes = hugePageBytes(running)
  // QEMU takes all of its huge pages at its start.
  if (pageBytes !== undefined) return { bytes: spec.memoryBytes, pageBytes }
  return { bytes: Math.min(spec.memoryBytes, await residentBytes(qemu.identity.pid)), pageBytes }
}

/** What a process has of memory that nobody else has: proc(5) statm, resident less shared. */
async function residentBytes(pid: number): Promise<number> {
  const [, resident = 0, shared = 0] = (await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => ''))
    .split(' ')
    .map(Number)
  return (resident - shared) * normalPageBytes
}
