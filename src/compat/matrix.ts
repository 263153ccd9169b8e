import { firstReason, type Judgement, judge } from './judge.ts'
import type { Finding, Kind, Report } from './schema.ts'
import type { Source, Subject, Target, Wishes } from './subject.ts'

/** A host of the matrix: one that could be asked, or one that could not, and why. */
export type MatrixHost = { readonly uri: string; readonly name: string } & (
  | { readonly target: Target }
  | { readonly unreachable: string }
)

/** Why a zone cannot move as well as one would wish. */
export interface Reason {
  /** Null: it is no finding of a rule. */
  readonly rule: string | null
  readonly text: string
  /** The fact that is not known, if it is that. */
  readonly unknown?: string
}

/** Whether one zone can move to one host. */
export interface MatrixCell {
  /** The best kind of migration that passes; `unknown`: the host could not be asked. */
  readonly can: Kind | 'no' | 'unknown'
  /** What speaks first against the best kind that was tried. */
  readonly reason?: Reason
  /** Facts that stayed unknown, which the operator accepted. */
  readonly notJudged?: readonly string[]
  /** One for each kind that was tried, if they are wanted. */
  readonly reports?: readonly Report[]
}

export interface MatrixRow {
  readonly zone: string
  readonly state: string
  readonly auxiliary: readonly string[]
  /** In the order of the hosts. */
  readonly cells: readonly MatrixCell[]
}

/** Which zones can move to which hosts. */
export interface Matrix {
  readonly source: string
  readonly hosts: readonly MatrixHost[]
  readonly rows: readonly MatrixRow[]
}

export interface MatrixOptions extends Wishes {
  /** The kinds of migration that the operator would take; by default all. */
  readonly kinds?: readonly Kind[]
  /** Keep the whole reports, which for many pairs are large. */
  readonly withReports: boolean
}

/** Where one zone can go. */
export function matrixRow(
  subject: Subject,
  source: Source,
  hosts: readonly MatrixHost[],
  options: MatrixOptions,
): MatrixRow {
  const { name: zone, state, auxiliary } = subject
  return { zone, state, auxiliary, cells: hosts.map((host) => cell(subject, source, host, options)) }
}

function cell(subject: Subject, source: Source, host: MatrixHost, options: MatrixOptions): MatrixCell {
  if (subject.problem !== undefined) return { can: 'no', reason: { rule: null, text: subject.problem } }
  if ('unreachable' in host) return { can: 'unknown', reason: { rule: null, text: host.unreachable } }
  const judgement = judge(subject, source, host.target, options)
  const reason = reasonOf(judgement)
  const { notJudged } = judgement.reports.at(-1) ?? {}
  return {
    can: judgement.kind ?? 'no',
    ...(reason === undefined ? {} : { reason }),
    ...(notJudged === undefined || judgement.kind === null ? {} : { notJudged }),
    ...(options.withReports ? { reports: judgement.reports } : {}),
  }
}

function reasonOf(judgement: Judgement): Reason | undefined {
  if (judgement.reports.length === 0) {
    return { rule: null, text: 'the zone is not in a state from which it could move so' }
  }
  const finding = firstReason(judgement)
  if (finding === undefined) return undefined
  const { rule, property, verdict } = finding
  return { rule, text: inShort(finding), ...(verdict === 'unknown' ? { unknown: property } : {}) }
}

function inShort(finding: Finding): string {
  const { property } = finding
  return finding.verdict === 'unknown'
    ? `${property} is not known: ${finding.host}: ${finding.reason}`
    : `${property}: here ${finding.source}; there ${finding.target}`
}
