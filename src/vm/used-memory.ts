import { readFile } from 'node:fs/promises'

/**
 * How much of its memory a guest has ever used, in bytes: what the kernel has given its hypervisor for it. All of the memory, if
 * that cannot be told.
 *
 * @param pid of the hypervisor
 * @see proc_pid_smaps(5)
 */
export async function usedMemory(pid: number, memoryBytes: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => '')
  return usedOf(text, memoryBytes) ?? memoryBytes
}

/** Of the smallest mapping that the whole memory fits into: the kernel may have joined it with a neighbour. */
export function usedOf(smaps: string, memoryBytes: number): number | undefined {
  const mappings = [...smaps.matchAll(/^Size: +(\d+) kB$[^]*?^Rss: +(\d+) kB$/gm)].map(([, size, used]) => ({
    sizeBytes: Number(size) * 1024,
    usedBytes: Number(used) * 1024,
  }))
  const fitting = mappings.filter(({ sizeBytes }) => sizeBytes >= memoryBytes)
  const [smallest] = fitting.toSorted((a, b) => a.sizeBytes - b.sizeBytes)
  return smallest === undefined ? undefined : Math.min(smallest.usedBytes, memoryBytes)
}
