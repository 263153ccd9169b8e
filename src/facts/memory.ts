import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HugePages, Memory } from './schema.ts'

/** What the kernel knows of the memory; what has been promised to zones only zonesd knows. */
export type SystemMemory = Pick<Memory, 'totalBytes' | 'availableBytes'>

/**
 * Reads the text of /proc/meminfo, proc_meminfo(5).
 *
 * @throws Error if a field is missing
 */
export function parseMeminfo(text: string): SystemMemory {
  const bytesOf = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1]
    if (kibibytes === undefined) throw new Error(`/proc/meminfo has no ${name}`)
    return Number(kibibytes) * 1024
  }
  return { totalBytes: bytesOf('MemTotal'), availableBytes: bytesOf('MemAvailable') }
}

export async function readMemory(): Promise<SystemMemory> {
  return parseMeminfo(await readFile('/proc/meminfo', 'utf8'))
}

/** The size of the pages in a pool, by the pool's folder name such as `hugepages-2048kB`. */
export function pageBytesOfPool(folder: string): number | undefined {
  const kibibytes = /^hugepages-(\d+)kB$/.exec(folder)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}

/**
 * The pools of huge pages, by size; empty if the kernel has none. Pages that a process has reserved and not touched yet
 * are counted as free by the kernel, and not here.
 *
 * @param root of the pools; another one only in tests
 */
export async function readHugePages(root = '/sys/kernel/mm/hugepages'): Promise<HugePages[]> {
  const pools = await Promise.all((await foldersIn(root)).map((folder) => readPool(root, folder)))
  return pools.flat().toSorted((a, b) => a.sizeBytes - b.sizeBytes)
}

async function foldersIn(root: string): Promise<string[]> {
  try {
    return await readdir(root)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function readPool(root: string, folder: string): Promise<HugePages[]> {
  const sizeBytes = pageBytesOfPool(folder)
  if (sizeBytes === undefined) return []
  const count = async (name: string) => Number(await readFile(join(root, folder, name), 'utf8'))
  const [total, free, reserved] = await Promise.all([
    count('nr_hugepages'),
    count('free_hugepages'),
    count('resv_hugepages'),
  ])
  // The three are not read at one moment.
  return [{ sizeBytes, total, free: Math.max(0, free - reserved) }]
}

/**
 * The pools without the pages that are promised.
 *
 * @param promised how many pages, by their size in bytes
 */
export function lessPromised(
  pools: readonly HugePages[],
  promised: ReadonlyMap<number, number> = new Map(),
): HugePages[] {
  return pools.map((pool) => ({
    ...pool,
    free: Math.max(0, pool.free - (promised.get(pool.sizeBytes) ?? 0)),
  }))
}
