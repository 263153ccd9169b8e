import { readFile } from 'node:fs/promises'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since the machine booted (field 22 of proc(5) stat). */
  readonly startTicks: number
}

/** Identity of a live process, or undefined if there is none with this number (a zombie counts as none). */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The command name is in parentheses and may hold anything, blanks and parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTicks = Number(fields[19])
  if (fields[0] === 'Z' || !Number.isInteger(startTicks)) return undefined
  return { pid, startTicks }
}

/** Whether that very process still runs. */
export async function isAlive({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  return (await processIdentity(pid))?.startTicks === startTicks
}
