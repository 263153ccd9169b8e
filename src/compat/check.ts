import { isKnown } from '../facts/schema.ts'
import { type CheckInput, trialNames } from './input.ts'
import { perObject } from './per-object.ts'
import type { Rule } from './rule.ts'
import { rules as allRules } from './rules/index.ts'
import type { Finding, Kind, Report } from './schema.ts'
import { StillQuiet } from './still-quiet.ts'

const rank = { refuse: 0, unknown: 1, warn: 2 } as const

/**
 * Runs every rule that is about this kind of migration and reports all that they find. Never stops at the first
 * refusal, and does not depend on the order of the rules.
 */
export function check(input: CheckInput, rules: readonly Rule[] = allRules): Report {
  const { zone, intent, source, target } = input
  const { due, ids, skipped, quiet, untriedOf } = plansOf(rules)[intent.kind]
  const findings: Finding[] = []
  const heard = new Set<string>()
  quiet.begin(input)
  for (let number = 0; number < due.length; number += 1) {
    const rule = due[number]
    if (rule === undefined || quiet.has(number)) continue
    const found = rule.judge(input)
    quiet.note(number, found.length === 0)
    if (found.length === 0) continue
    findings.push(...found)
    heard.add(rule.id)
  }
  quiet.end(input)
  const untried = untriedOf(input)
  const notTried = untried.length === 0 ? [] : untried.filter((id) => !heard.has(id))
  const passed =
    heard.size === 0 && notTried.length === 0
      ? [...ids]
      : ids.filter((id) => !heard.has(id) && !notTried.includes(id))
  const { acceptUnknown = [] } = intent
  const isAccepted = ({ verdict, property }: Finding) =>
    verdict === 'unknown' && acceptUnknown.some((need) => need === property)
  const notJudged = [...new Set(findings.filter(isAccepted).map(({ property }) => property))]
  return {
    schema: 1,
    verdict: findings.every((finding) => finding.verdict === 'warn' || isAccepted(finding))
      ? 'pass'
      : 'refuse',
    zone: { name: zone.name, uuid: zone.uuid },
    kind: intent.kind,
    source: source.host.name,
    target: target.host.name,
    findings: inOrder(findings),
    ...(notJudged.length === 0 ? {} : { notJudged }),
    passed,
    skipped: [...skipped, ...notTried],
    ...(notTried.length === 0 ? {} : { notTried }),
    ...forecastOf(input),
  }
}

/** The forecast as it was measured, or why it could not be; nothing if nobody wanted one. */
function forecastOf({ forecast }: CheckInput): Pick<Report, 'forecast'> {
  if (forecast === undefined) return {}
  if (!isKnown(forecast)) return { forecast }
  return forecast.known === null ? {} : { forecast: { known: forecast.known } }
}

interface Plan {
  readonly due: readonly Rule[]
  /** Theirs. */
  readonly ids: readonly string[]
  readonly skipped: readonly string[]
  readonly quiet: StillQuiet
  /** Ids of the rules that need what only two hosts that are asked can tell, and that was not tried. */
  readonly untriedOf: (input: CheckInput) => readonly string[]
}

/** For each kind the rules that are about it and the ids of the others, both in order of id. */
const plansOf = perObject((rules: readonly Rule[]): Readonly<Record<Kind, Plan>> => {
  const sorted = rules.toSorted((a, b) => compare(a.id, b.id))
  const plan = (kind: Kind): Plan => {
    const due = sorted.filter(({ kinds }) => kinds.includes(kind))
    return {
      due,
      ids: due.map(({ id }) => id),
      untriedOf: untriedAmong(due),
      skipped: sorted.filter(({ kinds }) => !kinds.includes(kind)).map(({ id }) => id),
      quiet: new StillQuiet(due),
    }
  }
  return { cold: plan('cold'), warm: plan('warm'), live: plan('live') }
})

/** Mostly the same things were tried as in the last check. */
function untriedAmong(due: readonly Rule[]): Plan['untriedOf'] {
  const byLacking = new Map<number, readonly string[]>()
  return (input) => {
    let lacking = 0
    for (const [index, trial] of trialNames.entries()) if (input[trial] === undefined) lacking |= 1 << index
    const known = byLacking.get(lacking)
    if (known !== undefined) return known
    const untried = due.filter(({ needs }) =>
      trialNames.some((trial) => input[trial] === undefined && needs.includes(trial)),
    )
    const ids = untried.map(({ id }) => id)
    byLacking.set(lacking, ids)
    return ids
  }
}

function inOrder(findings: Finding[]): Finding[] {
  if (findings.length < 2) return findings
  return findings
    .map((finding) => ({ finding, key: key(finding) }))
    .toSorted((a, b) => compare(a.key, b.key))
    .map(({ finding }) => finding)
}

/** Verdict first, then rule, then property; a property's numbers count as numbers: `device[id=10]` after `device[id=2]`. */
function key({ verdict, rule, property }: Finding): string {
  const numbered = property.replaceAll(/\d+/g, (digits) => digits.padStart(10, '0'))
  return `${rank[verdict]} ${rule} ${numbered}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
