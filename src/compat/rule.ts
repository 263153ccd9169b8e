import type { Unknown } from '../facts/schema.ts'
import { isKnown } from '../facts/schema.ts'
import { type Context, contextOf } from './context.ts'
import type { CheckInput, Need, ValueOf } from './input.ts'
import { hostOf, lookUp } from './input.ts'
import { knownValues } from './known-values.ts'
import { lookAgain } from './look-again.ts'
import type { Finding, Kind, Remedy } from './schema.ts'

export type { Context } from './context.ts'
export type Side = 'source' | 'target'

/** A command for a host of its own; a plain one is for the host of the remedy. */
export interface CommandDraft {
  readonly on: Side
  readonly command: string
}

/** A remedy as a rule writes it: which of the two hosts, not its name. */
export interface RemedyDraft {
  readonly how: string
  readonly on?: Side
  readonly commands?: readonly (string | CommandDraft)[]
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
  readonly on: Side
  readonly unknown: string
  readonly remedies: readonly RemedyDraft[]
}

type Needs = Readonly<Record<string, Need>>
type Known<N extends Needs> = { readonly [K in keyof N]: ValueOf<N[K]> }
type Wanted<W extends Needs> = { readonly [K in keyof W]: ValueOf<W[K]> | undefined }
type NoNeeds = Readonly<Record<never, never>>

export interface RuleDefinition<N extends Needs, W extends Needs = NoNeeds> {
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
  /** Facts that only make remedies more exact: undefined if unknown, and the verdict does not hang on them. */
  readonly wants?: W
  /** Yields whatever breaks the rule. Pure: the same facts give the same findings. */
  check(known: Known<N> & Wanted<W>, context: Context): Iterable<DifferenceDraft | UndecidedDraft>
}

/** A rule as the check runs it, whatever facts it needs. */
export interface Rule
  extends Pick<RuleDefinition<Needs>, 'id' | 'title' | 'doc' | 'remedy' | 'kinds' | 'severity'> {
  readonly needs: readonly Need[]
  /** These and what it only wants. */
  readonly reads: readonly Need[]
  judge(input: CheckInput): readonly Finding[]
}

/** Makes a rule: facts that are unknown become unknown verdicts here, so that `check` sees only known values. */
export function rule<const N extends Needs, const W extends Needs = NoNeeds>(
  definition: RuleDefinition<N, W>,
): Rule {
  const { id, title, doc, remedy, kinds, severity } = definition
  const needs = Object.values<Need>(definition.needs).map((need) => ({ need, read: lookUp(need) }))
  const known = knownValues(definition.needs, definition.wants ?? {})
  const unread = (input: CheckInput) =>
    needs.flatMap(({ need, read }) => {
      const fact = read(input)
      return isKnown(fact) ? [] : [undecided(definition, input, need, fact)]
    })
  return {
    id,
    title,
    doc,
    remedy,
    kinds,
    severity,
    needs: needs.map(({ need }) => need),
    reads: [...needs.map(({ need }) => need), ...Object.values<Need>(definition.wants ?? {})],
    judge(input) {
      if (known.lacks(input)) return unread(input)
      let found: Finding[] | undefined
      for (const draft of definition.check(known.values as Known<N> & Wanted<W>, contextOf(input))) {
        ;(found ??= []).push(finish(definition, input, draft))
      }
      return found ?? nothing
    },
  }
}

/** Most rules find nothing most of the time. */
const nothing: readonly Finding[] = []

type Named = Pick<Rule, 'id' | 'title' | 'severity'>

function undecided({ id, title }: Named, input: CheckInput, need: Need, fact: Unknown): Finding {
  const host = hostOf(input, need)
  const { how, commands } =
    fact.remedy === undefined || fact.remedy.length === 0
      ? lookAgain
      : { how: 'Make it readable, then check again', commands: fact.remedy }
  return {
    verdict: 'unknown',
    rule: id,
    title,
    manual: manualOf(id),
    property: need,
    host,
    reason: fact.unknown,
    remedies: [{ how, commands: commands.map((command) => ({ host, command })) }],
  }
}

function finish(
  { id, title, severity }: Named,
  input: CheckInput,
  draft: DifferenceDraft | UndecidedDraft,
): Finding {
  const remedies = draft.remedies.map((remedy) => address(input, remedy))
  const manual = manualOf(id)
  if ('unknown' in draft) {
    const { property, on, unknown: reason } = draft
    return {
      verdict: 'unknown',
      rule: id,
      title,
      manual,
      property,
      host: input[on].host.name,
      reason,
      remedies,
    }
  }
  const { property, source, target, why } = draft
  const verdict = severity === 'error' ? 'refuse' : 'warn'
  return { verdict, rule: id, title, manual, property, source, target, why, remedies }
}

/** A link to what the manual says of a rule. */
export function manualOf(id: string): string {
  return `man:kzone-compatibility(7)#${id}`
}

function address(input: CheckInput, { how, on = 'source', commands = [] }: RemedyDraft): Remedy {
  const addressed = commands.map((draft) => {
    const side = typeof draft === 'string' ? on : draft.on
    return { host: input[side].host.name, command: typeof draft === 'string' ? draft : draft.command }
  })
  return { how, commands: addressed }
}
