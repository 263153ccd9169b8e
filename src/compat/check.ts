import type { CheckInput } from './input.ts'
import type { Rule } from './rule.ts'
import { rules as allRules } from './rules/index.ts'
import type { Finding, Report } from './schema.ts'

const rank = { refuse: 0, unknown: 1, warn: 2 } as const

/**
 * Runs every rule that is about this kind of migration and reports all that they find. Never stops at the first
 * refusal, and does not depend on the order of the rules.
 */
export function check(input: CheckInput, rules: readonly Rule[] = allRules): Report {
  const { zone, intent, source, target } = input
  const judged = rules
    .filter((rule) => rule.kinds.includes(intent.kind))
    .map((rule) => ({ id: rule.id, findings: rule.judge(input) }))
  const findings = judged.flatMap((rule) => rule.findings).toSorted(byWeight)
  return {
    schema: 1,
    verdict: findings.every((finding) => finding.verdict === 'warn') ? 'pass' : 'refuse',
    zone: { name: zone.name, uuid: zone.uuid },
    kind: intent.kind,
    source: source.host.name,
    target: target.host.name,
    findings,
    passed: judged
      .filter((rule) => rule.findings.length === 0)
      .map((rule) => rule.id)
      .toSorted(),
    skipped: rules
      .filter((rule) => !rule.kinds.includes(intent.kind))
      .map((rule) => rule.id)
      .toSorted(),
  }
}

function byWeight(a: Finding, b: Finding): number {
  return rank[a.verdict] - rank[b.verdict] || compare(key(a), key(b))
}

/** Rule first, then property; a property's numbers count as numbers, so that `device 10` follows `device 2`. */
function key(finding: Finding): string {
  const property = finding.property.replaceAll(/\d+/g, (digits) => digits.padStart(10, '0'))
  return `${finding.rule} ${property}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
