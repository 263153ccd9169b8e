import type { Command, Difference, Remedy, Undecided } from '../../compat/schema.ts'

/** What one rule has found, told once. */
export interface RuleBlock {
  readonly rule: string
  readonly values: readonly Pick<Difference, 'property' | 'source' | 'target'>[]
  readonly whys: readonly string[]
  readonly remedies: readonly Remedy[]
}

/** One missing fact and all the rules that could not decide without it. */
export interface UnknownBlock {
  readonly properties: readonly string[]
  readonly host: string
  readonly reason: string
  readonly rules: readonly string[]
  readonly remedies: readonly Remedy[]
}

/** Puts the findings of each rule together: the reason and like remedies are said once. */
export function ruleBlocks(findings: readonly Difference[]): RuleBlock[] {
  return groupBy(findings, ({ rule }) => rule).map(([rule, group]) => ({
    rule,
    values: group.map(({ property, source, target }) => ({ property, source, target })),
    whys: [...new Set(group.map(({ why }) => why))],
    remedies: mergeRemedies(group.flatMap(({ remedies }) => remedies)),
  }))
}

/** Puts together what is missing for the same reason. */
export function unknownBlocks(findings: readonly Undecided[]): UnknownBlock[] {
  return groupBy(findings, ({ host, reason }) => `${host} ${reason}`).flatMap(([, group]) => {
    const [first] = group
    if (first === undefined) return []
    return {
      properties: [...new Set(group.map(({ property }) => property))],
      host: first.host,
      reason: first.reason,
      rules: [...new Set(group.map(({ rule }) => rule))],
      remedies: mergeRemedies(group.flatMap(({ remedies }) => remedies)),
    }
  })
}

function mergeRemedies(remedies: readonly Remedy[]): Remedy[] {
  return groupBy(remedies, ({ how }) => how).map(([how, group]) => ({
    how,
    commands: unique(group.flatMap(({ commands }) => commands)),
  }))
}

function unique(commands: readonly Command[]): Command[] {
  return groupBy(commands, ({ host, command }) => `${host} ${command}`).flatMap(([, group]) =>
    group.slice(0, 1),
  )
}

/** Groups in the order in which their first members come. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, key)]
}
