import type { Kind } from '../../src/compat/schema.ts'

export type Side = 'source' | 'target'

/** A place in a migration at which it can be stopped, whatever the speed of the machine. */
export interface Step {
  /** As the code has it (`holdForTest()`). */
  readonly point: string
  /** Whose zonesd stands there. */
  readonly side: Side
  readonly kinds: readonly Kind[]
  /** Where the guest is if both machines and hosts live on: with the source, or already with the target. */
  readonly runner: Side
  /** Of a suspension or a resumption: its guest is in its image, whatever becomes of its machine. */
  readonly inImage?: true
  /** What it takes to come there: something that happens while the source stands at a point before. */
  readonly via?: { readonly point: string; readonly does: 'slow-link' | 'cancel' }
}

const all: readonly Kind[] = ['live', 'warm', 'cold']
const live: readonly Kind[] = ['live']

/** Of a migration by post-copy, from the moment from which a half of the guest's memory is on each host. */
export const postcopySteps: readonly Step[] = [
  { point: 'transfer.end', side: 'source', kinds: live, runner: 'source' },
  { point: 'peer-go.begin', side: 'target', kinds: live, runner: 'source' },
  { point: 'arrival.recorded', side: 'target', kinds: live, runner: 'target' },
  {
    point: 'drain.begin',
    side: 'source',
    kinds: live,
    runner: 'target',
    // So that the rest is on its way for seconds.
    via: { point: 'hand-over.end', does: 'slow-link' },
  },
  { point: 'drain.end', side: 'source', kinds: live, runner: 'target' },
]

const here = (kind: Kind, point: string, inImage?: true): Step => ({
  point,
  side: 'source',
  kinds: [kind],
  runner: 'source',
  ...(inImage === undefined ? {} : { inImage }),
})

/** The steps of what is done with a zone that goes nowhere. */
export const stepsOfVerbs = {
  suspend: [
    here('live', 'suspend.begin'),
    here('live', 'suspend.writing'),
    here('live', 'suspend.whole', true),
    here('live', 'suspend.recorded', true),
    here('live', 'suspend.ended', true),
  ],
  resume: [
    here('warm', 'resume.started', true),
    here('warm', 'resume.loaded', true),
    here('warm', 'resume.recorded'),
    here('warm', 'resume.continued'),
    here('warm', 'resume.end'),
  ],
} as const satisfies Readonly<Record<string, readonly Step[]>>

/** The steps of a migration, in order; then those of one that is cancelled, as it is undone. */
export const steps: readonly Step[] = [
  { point: 'connect.end', side: 'source', kinds: all, runner: 'source' },
  { point: 'peer-assess.begin', side: 'target', kinds: all, runner: 'source' },
  { point: 'check.end', side: 'source', kinds: all, runner: 'source' },
  { point: 'reserve.begin', side: 'source', kinds: all, runner: 'source' },
  { point: 'peer-reserve.end', side: 'target', kinds: all, runner: 'source' },
  { point: 'reserve.end', side: 'source', kinds: all, runner: 'source' },
  { point: 'offer.begin', side: 'source', kinds: all, runner: 'source' },
  { point: 'offer.end', side: 'source', kinds: all, runner: 'source' },
  { point: 'prepare.begin', side: 'source', kinds: live, runner: 'source' },
  { point: 'peer-prepare.end', side: 'target', kinds: live, runner: 'source' },
  { point: 'transfer.begin', side: 'source', kinds: live, runner: 'source' },
  {
    point: 'transfer.active',
    side: 'source',
    kinds: live,
    runner: 'source',
    // So that the memory is on its way for seconds.
    via: { point: 'transfer.begin', does: 'slow-link' },
  },
  { point: 'transfer.end', side: 'source', kinds: live, runner: 'source' },
  { point: 'hand-over.begin', side: 'source', kinds: all, runner: 'source' },
  { point: 'peer-go.begin', side: 'target', kinds: all, runner: 'source' },
  { point: 'go.marked', side: 'target', kinds: live, runner: 'target' },
  { point: 'go.continued', side: 'target', kinds: live, runner: 'target' },
  { point: 'arrival.recorded', side: 'target', kinds: all, runner: 'target' },
  { point: 'peer-go.end', side: 'target', kinds: all, runner: 'target' },
  { point: 'probe.begin', side: 'source', kinds: live, runner: 'target' },
  { point: 'probe.end', side: 'source', kinds: live, runner: 'target' },
  { point: 'clean-up.begin', side: 'source', kinds: all, runner: 'target' },
  { point: 'clean-up.end', side: 'source', kinds: all, runner: 'target' },
  {
    point: 'transfer.undo',
    side: 'source',
    kinds: live,
    runner: 'source',
    via: { point: 'transfer.end', does: 'cancel' },
  },
  {
    point: 'offer.undo',
    side: 'source',
    kinds: all,
    runner: 'source',
    via: { point: 'offer.end', does: 'cancel' },
  },
  {
    point: 'reserve.undo',
    side: 'source',
    kinds: all,
    runner: 'source',
    via: { point: 'offer.end', does: 'cancel' },
  },
]
