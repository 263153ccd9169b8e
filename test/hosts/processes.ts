import { readdirSync, readFileSync, statSync } from 'node:fs'

/** The parts of a process that tell to whom it belongs. What may not be read is empty. */
export interface ProcessFacts {
  readonly pid: number
  readonly environment: readonly string[]
  readonly commandLine: readonly string[]
  /** Inode of its network namespace; undefined for a zombie. */
  readonly networkInode: number | undefined
}

/** All processes of this machine, read without starting a program, so that it also works while exiting. */
export function allProcesses(): ProcessFacts[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      environment: strings(`/proc/${name}/environ`),
      commandLine: strings(`/proc/${name}/cmdline`),
      networkInode: inode(`/proc/${name}/ns/net`),
    }))
}

/** The inode of a namespace file, e.g. `/run/netns/NAME`; undefined if it cannot be read. */
export function inode(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}

function strings(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\0')
  } catch {
    return []
  }
}
