import type { HostFacts } from '../facts/schema.ts'
import { isKnown } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { CheckInput, Intent, Need, ValueOf, ZoneState } from './input.ts'
import { hostOf, lookUp } from './input.ts'
import type { Finding, Kind, Remedy } from './schema.ts'

/** What is known of each host in any case. */
export type HostIdentity = Pick<HostFacts, 'host' | 'kzone' | 'architecture' | 'kernel'>

/** What a rule sees besides the facts it needs: none of this can be unknown. */
export interface Context {
  readonly contract: Contract
  readonly zone: ZoneState
  readonly intent: Intent
  readonly source: HostIdentity
  readonly target: HostIdentity
}

/** A remedy as a rule writes it: which of the two hosts, not its name. */
export interface RemedyDraft {
  readonly how: string
  readonly on?: 'source' | 'target'
  readonly commands?: readonly string[]
}

export interface DifferenceDraft {
  readonly property: string
  readonly source: string
  readonly target: string
  readonly why: string
  readonly remedies: readonly RemedyDraft[]
}

/** A part of a fact that turns out to be missing while the rule looks at it. */
export interface UndecidedDraft {
  readonly property: string
  readonly on: 'source' | 'target'
  readonly unknown: string
  readonly remedies: readonly RemedyDraft[]
}

type Needs = Readonly<Record<string, Need>>
type Known<N extends Needs> = { readonly [K in keyof N]: ValueOf<N[K]> }

export interface RuleDefinition<N extends Needs> {
  /** `group/name`; the file is named `group-name.ts`. */
  readonly id: string
  /** What holds when the rule is kept, as one sentence without a period. */
  readonly title: string
  /** Why it has to hold, in plain sentences for the manual. */
  readonly doc: string
  /** What an operator can do in general, for the manual; findings say what to type. */
  readonly remedy: string
  readonly kinds: readonly Kind[]
  readonly severity: 'error' | 'warning'
  /** The facts that `check` reads, under the names by which it reads them. If one is unknown, so is the verdict. */
  readonly needs: N
  /** Yields whatever breaks the rule. Pure: the same facts give the same findings. */
  check(known: Known<N>, context: Context): Iterable<DifferenceDraft | UndecidedDraft>
}

/** A rule as the check runs it, whatever facts it needs. */
export interface Rule
  extends Pick<RuleDefinition<Needs>, 'id' | 'title' | 'doc' | 'remedy' | 'kinds' | 'severity'> {
  readonly needs: readonly Need[]
  judge(input: CheckInput): Finding[]
}

/** Makes a rule: facts that are unknown become unknown verdicts here, so that `check` sees only known values. */
export function rule<const N extends Needs>(definition: RuleDefinition<N>): Rule {
  const { id, title, doc, remedy, kinds, severity, needs } = definition
  const wanted = Object.entries<Need>(needs)
  return {
    id,
    title,
    doc,
    remedy,
    kinds,
    severity,
    needs: wanted.map(([, need]) => need),
    judge(input) {
      const unread = wanted.flatMap(([, need]) => undecided(definition, input, need))
      if (unread.length > 0) return unread
      const known = Object.fromEntries(wanted.map(([name, need]) => [name, valueOf(input, need)]))
      const drafts = definition.check(known as Known<N>, contextOf(input))
      return Array.from(drafts, (draft) => finish(definition, input, draft))
    },
  }
}

type Named = Pick<Rule, 'id' | 'title' | 'severity'>

function undecided({ id, title }: Named, input: CheckInput, need: Need): Finding[] {
  const fact = lookUp(input, need)
  if (isKnown(fact)) return []
  const host = hostOf(input, need)
  const commands = (fact.remedy ?? []).map((command) => ({ host, command }))
  const remedies = commands.length === 0 ? [] : [{ how: 'Make it readable, then check again', commands }]
  return [{ verdict: 'unknown', rule: id, title, property: need, host, reason: fact.unknown, remedies }]
}

function valueOf(input: CheckInput, need: Need): unknown {
  const fact = lookUp(input, need)
  return isKnown(fact) ? fact.known : undefined
}

function contextOf({ contract, zone, intent, source, target }: CheckInput): Context {
  return { contract, zone, intent, source, target }
}

function finish(
  { id, title, severity }: Named,
  input: CheckInput,
  draft: DifferenceDraft | UndecidedDraft,
): Finding {
  const remedies = draft.remedies.map((remedy) => address(input, remedy))
  if ('unknown' in draft) {
    const { property, on, unknown: reason } = draft
    return { verdict: 'unknown', rule: id, title, property, host: input[on].host.name, reason, remedies }
  }
  const { property, source, target, why } = draft
  const verdict = severity === 'error' ? 'refuse' : 'warn'
  return { verdict, rule: id, title, property, source, target, why, remedies }
}

function address(input: CheckInput, { how, on = 'source', commands = [] }: RemedyDraft): Remedy {
  const host = input[on].host.name
  return { how, commands: commands.map((command) => ({ host, command })) }
}
