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
  /** Both hosts run QEMU 10.0, and not the installed one. */
  readonly isQemu10?: true
  /** Not a migration; the kind says from which state it starts. */
  readonly verb?: Verb
}

/** As `--only` takes it: `STEP:FAULT:KIND`. */
export function caseName({ moment, faults, ...how }: Case): string {
  const when = 'step' in moment ? moment.step.point : `${moment.delayMs}ms`
  return `${when}:${faults.map(({ name }) => name).join('+')}:${kindName(how)}`
}

function kindName({ kind, isPostcopy, verb, overwrites, isQemu10 }: Omit<Case, 'moment' | 'faults'>): string {
  const what = verb ?? (isPostcopy === true ? 'postcopy' : kind)
  return `${what}${overwrites === true ? '-w' : ''}${isQemu10 === true ? '-q10' : ''}`
}

const indexOf = (point: string) => steps.findIndex((step) => step.point === point)

/**
 * Whether the guest may be lost, as after a power failure: only with the machine or host that it runs on. Once the target's
 * machine is complete, a target's host that goes down cannot tell afterwards whether the guest ran there, so it takes the
 * guest along. Once it goes on there by post-copy, a half of it is on each host; until then all of it is at the source. What is
 * suspended is in its image.
 */
export function mayLoseGuest({ moment, faults, isPostcopy, verb }: Case): boolean {
  const ends = faults.flatMap((fault) => fault.ends ?? [])
  if (!('step' in moment)) return ends.length > 0
  const { point, via, runner, inImage } = moment.step
  if (verb !== undefined) return ends.includes('source') && inImage !== true
  // What is undone was not handed over.
  const at = via?.does === 'cancel' ? 0 : indexOf(point)
  const told = indexOf('peer-go.begin')
  const targetForgets = at >= told - 2 && faults.some(({ name }) => name === 'reboot-target')
  if (isPostcopy === true)
    return runner === 'target' ? ends.length > 0 : ends.includes('source') || targetForgets
  return (ends.includes('source') && at < told) || (ends.includes('target') && at > told) || targetForgets
}
