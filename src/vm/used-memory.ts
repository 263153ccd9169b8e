import { readFile } from 'node:fs/promises'

/**
 * How much of its memory a guest has ever used, in bytes: what the kernel has given its hypervisor for it, in memory, in huge
 * pages or swapped out. All of the memory, if that cannot be told.
 *
 * @param pid of the hypervisor
 * @see proc_pid_smaps(5)
 */
export async function usedMemory(pid: number, memoryBytes: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => '')
  return usedOf(text, memoryBytes) ?? memoryBytes
}

const used = /^(Rss|Swap|Shared_Hugetlb|Private_Hugetlb): +(\d+) kB$/gm

/** Of the smallest mapping that the whole memory fits into: the kernel may have joined it with a neighbour. */
export function usedOf(smaps: string, memoryBytes: number): number | undefined {
  const mappings = smaps.split(/^(?=Size: )/m).map((text) => ({
    sizeBytes: Number(/^Size: +(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024,
    usedBytes: [...text.matchAll(used)].reduce((bytes, [, , size]) => bytes + Number(size) * 1024, 0),
  }))
  const fitting = mappings.filter(({ sizeBytes }) => sizeBytes >= memoryBytes)
  const [smallest] = fitting.toSorted((a, b) => a.sizeBytes - b.sizeBytes)
  if (smallest === undefined || smallest.usedBytes === 0) return undefined
  return Math.min(smallest.usedBytes, memoryBytes)
}
