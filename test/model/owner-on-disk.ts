import type { Model, Transition } from './explore.ts'
import { initial, isOfS, isOfT, type Rules, type State, sRuns, tRuns, xRuns } from './owner-state.ts'
import { sourceSteps, targetSteps, thirdSteps } from './owner-steps.ts'

type Step = Transition<State, Rules>

/** What a host was and what is left of it when it goes down. */
const fallenS = (s: State['s']): State['s'] => {
  if (s === 'sent') return 'unsettled'
  return ['runs', 'offered', 'back', 'booted'].includes(s) ? 'installed' : s
}
const fallenT = (t: State['t']): State['t'] => {
  if (t === 'loaded' || t === 'goes') return 'unknown'
  return t === 'runs' || t === 'booted' ? 'installed' : t
}

const worldSteps: readonly Step[] = [
  {
    name: 'the record of S is written',
    when: ({ sWrites }) => sWrites !== 'nothing',
    becomes: ({ sWrites, disk }) => ({ sWrites: 'nothing', disk: sWrites === 'nothing' ? disk : sWrites }),
  },
  {
    name: 'the record of T is written',
    when: ({ tWrites }) => tWrites !== 'nothing',
    becomes: ({ tWrites, disk }) => ({ tWrites: 'nothing', disk: tWrites === 'nothing' ? disk : tWrites }),
  },
  {
    name: 'fault: S goes down',
    fault: true,
    when: ({ sUp }) => sUp,
    becomes: ({ s }) => ({ sUp: false, s: fallenS(s), sWrites: 'nothing' }),
  },
  { name: 'S comes up', when: ({ sUp }) => !sUp, becomes: () => ({ sUp: true }) },
  {
    name: 'fault: T goes down',
    fault: true,
    when: ({ tUp }) => tUp,
    becomes: ({ t }) => ({ tUp: false, t: fallenT(t), tWrites: 'nothing' }),
  },
  { name: 'T comes up', when: ({ tUp }) => !tUp, becomes: () => ({ tUp: true }) },
]

const runners = (state: State) => [sRuns(state), tRuns(state), xRuns(state)].filter(Boolean).length
/** Runners that would find by a look that the zone is theirs. */
const rightful = (state: State) =>
  [
    sRuns(state) && isOfS(state),
    tRuns(state) && (isOfT(state) || (state.t === 'goes' && state.disk === 'S->T')),
    xRuns(state) && state.disk === 'X',
  ].filter(Boolean).length

export const model: Model<State, Rules> = {
  initial,
  transitions: [...sourceSteps, ...targetSteps, ...thirdSteps, ...worldSteps],
  always: {
    'never two runners': (state) => state.vouched === 'falsely' || runners(state) <= 1,
    'never two runners by the disk': (state) => rightful(state) <= 1,
    'nobody is superseded whom no operator has given up': ({ vouched, s, t }) =>
      vouched !== 'nobody' || (s !== 'superseded' && t !== 'superseded'),
  },
  reachable: {
    'always recoverable: one host has the zone by the disk, and runs it alone': (state) =>
      runners(state) === 1 && rightful(state) === 1,
  },
}
