import type { Command } from './command.ts'

/** The ways in which a command is typed, one each: `zoneadm -z zone migrate --cancel`. */
export function synopsisLines(program: string, { name, synopsis, needsZone }: Command): string[] {
  const begin = [program, ...(needsZone ? ['-z zone'] : []), name].join(' ')
  return alternatives(synopsis).map((words) => `${begin} ${words}`.trimEnd())
}

/** Splits at the bars that are not in brackets. */
function alternatives(synopsis: string): string[] {
  const found: string[] = ['']
  let depth = 0
  for (const word of synopsis.split(' ')) {
    depth += (word.match(/[[(]/g)?.length ?? 0) - (word.match(/[\])]/g)?.length ?? 0)
    if (word === '|' && depth === 0) found.push('')
    else found[found.length - 1] += ` ${word}`
  }
  return found.map((words) => words.trim())
}
