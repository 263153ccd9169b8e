import { check } from './check.ts'
import type { Finding, Kind, Report } from './schema.ts'
import { checkInput, type Source, type Subject, type Target, type Wishes } from './subject.ts'

/** The kinds of migration, the best one for the guest first. */
export const kindsByMerit: readonly Kind[] = ['live', 'warm', 'cold']

/** Whether a zone can go to a target, and how. */
export interface Judgement {
  /** The best kind of migration that nothing speaks against; null: none. */
  readonly kind: Kind | null
  /** One for each kind that was tried, best kind first; the last is that of `kind`, if there is one. */
  readonly reports: readonly Report[]
}

/**
 * Tries the kinds of migration that a zone is fit for, the best one first, until one passes.
 *
 * @param kinds those that the operator would take
 */
export function judge(
  subject: Subject,
  source: Source,
  target: Target,
  { kinds = kindsByMerit, ...wishes }: Wishes & { readonly kinds?: readonly Kind[] },
): Judgement {
  const reports: Report[] = []
  for (const kind of kindsByMerit) {
    const form = subject.forms[kind]
    if (form === undefined || !kinds.includes(kind)) continue
    const report = check(checkInput(kind, form, source, target, wishes))
    reports.push(report)
    if (report.verdict === 'pass') return { kind, reports }
  }
  return { kind: null, reports }
}

/** What speaks first against the best kind that was tried; undefined if nothing does. */
export function firstReason({ reports: [best] }: Judgement): Finding | undefined {
  if (best === undefined || best.verdict === 'pass') return undefined
  const accepted = new Set(best.notJudged)
  return best.findings.find(
    ({ verdict, property }) => verdict === 'refuse' || (verdict === 'unknown' && !accepted.has(property)),
  )
}
