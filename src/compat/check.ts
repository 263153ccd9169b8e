import { isKnown } from '../facts/schema.ts'
import { type CheckInput, type TrialName, trialNames } from './input.ts'
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
  const { due, skipped, quiet } = plansOf(rules)[intent.kind]
  const findings: Finding[] = []
  const passed: string[] = []
  const notTried: string[] = []
  quiet.begin(input)
  let number = -1
  for (const { rule, trials } of due) {
    number += 1
    const found = quiet.has(number) ? nothing : rule.judge(input)
    if (found !== nothing) quiet.note(number, found.length === 0)
    if (found.length > 0) findings.push(...found)
    else if (isUntried(input, trials)) notTried.push(rule.id)
    else passed.push(rule.id)
  }
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

const nothing: readonly Finding[] = []

function isUntried(input: CheckInput, trials: readonly TrialName[]): boolean {
  for (const trial of trials) if (input[trial] === undefined) return true
  return false
}

/** The forecast as it was measured, or why it could not be; nothing if nobody wanted one. */
function forecastOf({ forecast }: CheckInput): Pick<Report, 'forecast'> {
  if (forecast === undefined) return {}
  if (!isKnown(forecast)) return { forecast }
  return forecast.known === null ? {} : { forecast: { known: forecast.known } }
}

interface Plan {
  readonly due: readonly {
    readonly rule: Rule
    /** Of what it needs, what only two hosts that are asked can tell. */
    readonly trials: readonly TrialName[]
  }[]
  readonly skipped: readonly string[]
  readonly quiet: StillQuiet
}

/** For each kind the rules that are about it and the ids of the others, both in order of id. */
const plansOf = perObject((rules: readonly Rule[]): Readonly<Record<Kind, Plan>> => {
  const sorted = rules.toSorted((a, b) => compare(a.id, b.id))
  const plan = (kind: Kind): Plan => {
    const due = sorted.filter(({ kinds }) => kinds.includes(kind))
    return {
      due: due.map((rule) => ({ rule, trials: trialNames.filter((trial) => rule.needs.includes(trial)) })),
      skipped: sorted.filter(({ kinds }) => !kinds.includes(kind)).map(({ id }) => id),
      quiet: new StillQuiet(due),
    }
  }
  return { cold: plan('cold'), warm: plan('warm'), live: plan('live') }
})

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
