import type { Kind } from '../../src/compat/schema.ts'
import type { Fault } from './faults.ts'
import { type Step, steps, type stepsOfVerbs } from './steps.ts'

/** When something goes wrong: while the migration is held at a step, or so long after it was asked for. */
export type Moment = { readonly step: Step } | { readonly delayMs: number }

/** What is done with a zone that goes nowhere. */
export type Verb = keyof typeof stepsOfVerbs

/** One trial: a migration, or what is done with a zone where it is, to which something happens. */
export interface Case {
  readonly kind: Kind
  readonly moment: Moment
  /** One, or two that happen one after the other. */
  readonly faults: readonly Fault[]
  /** A guest that changes more than can be sent, and goes on at the target before all of its memory is there; kind `live`. */
  readonly isPostcopy?: true
  /** The target has another configuration of the zone, which the source's takes the place of (`-w`). */
  readonly overwrites?: true
  /** Not a migration; the kind says from which state it starts. */
  readonly verb?: Verb
}

/** As `--only` takes it: `STEP:FAULT:KIND`. */
export function caseName({ kind, moment, faults, isPostcopy, verb, overwrites }: Case): string {
  const when = 'step' in moment ? moment.step.point : `${moment.delayMs}ms`
  return `${when}:${faults.map(({ name }) => name).join('+')}:${verb ?? (isPostcopy === true ? 'postcopy' : `${kind}${overwrites === true ? '-w' : ''}`)}`
}

const indexOf = (point: string) => steps.findIndex((step) => step.point === point)

/**
 * Whether the guest may be lost, as after a power failure: only with the machine or host that it runs on. Once the target's
 * machine is complete, a target's host that goes down cannot tell afterwards whether the guest ran there, so it takes the
 * guest along. By post-copy a half of it is on each host; and until its machine at the target has the word to go on, neither
 * the stream nor the conversation may break (decision 15). What is suspended is in its image.
 */
export function mayLoseGuest({ moment, faults, isPostcopy, verb }: Case): boolean {
  const ends = faults.flatMap((fault) => fault.ends ?? [])
  if (isPostcopy === true) {
    const isBefore = 'step' in moment && moment.step.runner === 'source'
    return ends.length > 0 || (isBefore && faults.some(({ breaksWay }) => breaksWay === true))
  }
  if (!('step' in moment)) return ends.length > 0
  if (verb !== undefined) return ends.includes('source') && moment.step.inImage !== true
  // What is undone was not handed over.
  const at = moment.step.via?.does === 'cancel' ? 0 : steps.indexOf(moment.step)
  const sourceIsDone = indexOf('peer-go.begin')
  return (ends.includes('source') && at < sourceIsDone) || (ends.includes('target') && at >= sourceIsDone - 2)
}
