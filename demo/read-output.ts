/** What `zoneadm migrate` says in its last line; undefined for what it does not say. */
export interface MigrationFigures {
  readonly total: string | undefined
  readonly paused: string | undefined
  readonly pausedByQemu: string | undefined
  readonly sent: string | undefined
}

/** Reads the last line of `zoneadm migrate`. */
export function readFigures(output: string): MigrationFigures {
  const [line = ''] = /Migrated in .*$/m.exec(output) ?? []
  return {
    total: /Migrated in ([^,]+)/.exec(line)?.[1],
    paused: /guest paused ([\d.]+ \w+)/.exec(line)?.[1],
    pausedByQemu: /QEMU:? ([\d.]+ \w+)/.exec(line)?.[1],
    sent: /, ([^,]+) sent/.exec(line)?.[1],
  }
}

/** How many checks passed, as a report says. */
export function readPassedChecks(output: string): number | undefined {
  const [, count] = /^(\d+) checks? passed$/m.exec(output) ?? []
  return count === undefined ? undefined : Number(count)
}

export interface RemedyCommand {
  readonly host: string
  readonly argv: readonly string[]
}

/** The commands that a report tells to type, split into words as a shell does it with single quotes. */
export function readRemedies(output: string): RemedyCommand[] {
  return [...output.matchAll(/^\s+(\w+)# (.+)$/gm)].map(([, host = '', command = '']) => ({
    host,
    argv: [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
  }))
}
