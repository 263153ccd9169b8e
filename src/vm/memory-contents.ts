import { closeSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'

const pageBytes = 4096
const mostSamples = 4096
/** Read at a stretch, so that nothing else of this process waits for long. */
const stretch = 64

/** Whether pages hold anything but zeros, of a sample that is spread evenly over a guest's memory, in order. */
export interface MemoryContents {
  readonly memoryBytes: number
  readonly isData: readonly boolean[]
}

/**
 * Looks at a sample of a guest's memory in its hypervisor, which goes on meanwhile.
 *
 * @param pid of the hypervisor
 * @returns undefined: it cannot be told
 * @see proc_pid_mem(5)
 */
export async function memoryContents(pid: number, memoryBytes: number): Promise<MemoryContents | undefined> {
  try {
    const base = baseOf(await readFile(`/proc/${pid}/maps`, 'utf8'), memoryBytes)
    if (base === undefined) return undefined
    const memory = openSync(`/proc/${pid}/mem`, 'r')
    try {
      const page = Buffer.alloc(pageBytes)
      const isData: boolean[] = []
      for (const offset of samples(memoryBytes)) {
        // A place in a file is given as a BigInt where it may be beyond what a number can tell.
        readSync(memory, page, 0, pageBytes, base + BigInt(offset))
        isData.push(!page.equals(emptyPage))
        if (isData.length % stretch === 0) await nextTurn()
      }
      return { memoryBytes, isData }
    } finally {
      closeSync(memory)
    }
  } catch {
    return undefined
  }
}

const emptyPage = Buffer.alloc(pageBytes)

/** One page of each part of the memory, not at the same place of each: memory is given out in blocks. */
function samples(memoryBytes: number): number[] {
  const pages = Math.floor(memoryBytes / pageBytes)
  const count = Math.min(pages, mostSamples)
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor((index * pages) / count)
    const next = Math.floor(((index + 1) * pages) / count)
    return (first + ((index * 7919) % (next - first))) * pageBytes
  })
}

/**
 * Where a guest's memory begins: it is the end of the smallest mapping that all of it fits into. The kernel may have joined that
 * with one below; above QEMU leaves a page that nobody may touch.
 */
export function baseOf(maps: string, memoryBytes: number): bigint | undefined {
  const mappings = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(([, start, end]) => ({
    end: BigInt(`0x${end}`),
    bytes: BigInt(`0x${end}`) - BigInt(`0x${start}`),
  }))
  const fitting = mappings.filter(({ bytes }) => bytes >= BigInt(memoryBytes))
  const [smallest] = fitting.toSorted((a, b) => Number(a.bytes - b.bytes))
  return smallest && smallest.end - BigInt(memoryBytes)
}
