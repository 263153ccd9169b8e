import type { Progress } from '../agent/api.ts'
import type { ZoneContext } from './command.ts'
import { printLine } from './io.ts'

/** Shows what zonesd says during an operation, line by line, as the command's own words. */
export function showLines({ program, zone, io }: Pick<ZoneContext, 'program' | 'zone' | 'io'>) {
  return (progress: Progress): void => {
    if (progress.kind === 'line') printLine(io.stderr, `${program}: zone '${zone}': ${progress.text}`)
  }
}
