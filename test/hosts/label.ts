import { readFileSync } from 'node:fs'

/**
 * A label names everything that one lab makes: its namespaces, its folder, and in each process's environment
 * `KZ_LAB`. It says which process is the owner, so that what a crashed owner left can be found and removed.
 */
const pattern = /^kzt-(\d+)-([0-9a-z]+)-(\d+)/

let labs = 0

/** A label that no other lab on this machine has. */
export function newLabel(): string {
  labs += 1
  return `kzt-${process.pid}-${startOf(process.pid) ?? 'x'}-${labs}`
}

/** The label at the beginning of a name, e.g. of a namespace; undefined if the name is none of ours. */
export function labelOf(name: string): string | undefined {
  return pattern.exec(name)?.[0]
}

/** Whether the process that made the label still runs. A process id that was given away again does not count. */
export function hasOwner(label: string): boolean {
  const [, pid, start] = pattern.exec(label) ?? []
  return start !== undefined && startOf(Number(pid)) === start
}

/** When a process started, in clock ticks since boot (proc(5), `stat` field 22), in base 36 to be short. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in brackets and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie owns nothing any more.
    return fields[0] === 'Z' ? undefined : Number(fields[19]).toString(36)
  } catch {
    return undefined
  }
}
