type Owner = 'S' | 'S->T' | 'T' | 'X'
/** What a host is to write when its storage lets it; it has read the record before, and found that it may. */
type Write = Owner | 'nothing'

/**
 * All that matters of the owner record on a zone's boot device (docs/decisions/0018-host-data.md) in one migration from S to T, and of
 * a third host X that takes the zone over by force. What the hosts say to each other is taken from the other model: S hears `none`,
 * `arrived`, `lost` or nothing, and what it hears is true.
 */
export interface State {
  readonly disk: Owner
  readonly sUp: boolean
  /**
   * `offered`: the guest runs, and the record gives it to T; `sent`: it stands still, and T may have been told to go; `back`: it runs here
   * again, and the record may not say so yet; `unsettled`: as `sent`, but its machine went down; `installed`: its machine is ended;
   * `superseded`: another host has it by the disk.
   */
  readonly s:
    | 'runs'
    | 'offered'
    | 'sent'
    | 'back'
    | 'unsettled'
    | 'installed'
    | 'booted'
    | 'left'
    | 'superseded'
  readonly sWrites: Write
  readonly tUp: boolean
  /** `goes`: it runs, and that is not noted yet; `unknown`: its host went down, and it does not know whether the guest ran there. */
  readonly t:
    | 'nothing'
    | 'loaded'
    | 'goes'
    | 'runs'
    | 'installed'
    | 'booted'
    | 'unknown'
    | 'gaveUp'
    | 'superseded'
  readonly tWrites: Write
  readonly x: 'nothing' | 'attached' | 'booted' | 'superseded'
  readonly go: boolean
  /** An operator has said of a host that it is gone, and that was so, or was not. */
  readonly vouched: 'nobody' | 'truly' | 'falsely'
}

/** What the code keeps to; a test breaks each of them. */
export interface Rules {
  readonly offersBeforeItSends: boolean
  readonly claimsAfterGo: boolean
  readonly looksBeforeItBoots: boolean
  /** The source takes the record back by the word of the target or of the operator alone. */
  readonly retakesByWordAlone: boolean
  /** What the word says is that T has it no more: a third host that has taken it over is not passed over. */
  readonly retakesFromTargetAlone: boolean
  readonly runnersLook: boolean
  /** Nobody comes between a look at the record and what is written after it. Storage does not promise that. */
  readonly writesAtOnce: boolean
  /** Operators say that a host is gone only if it is. */
  readonly vouchedTruly: boolean
}

export const rules: Rules = {
  offersBeforeItSends: true,
  claimsAfterGo: true,
  looksBeforeItBoots: true,
  retakesByWordAlone: true,
  retakesFromTargetAlone: true,
  runnersLook: true,
  writesAtOnce: true,
  vouchedTruly: true,
}

export const initial: State = {
  disk: 'S',
  sUp: true,
  s: 'runs',
  sWrites: 'nothing',
  tUp: true,
  t: 'nothing',
  tWrites: 'nothing',
  x: 'nothing',
  go: false,
  vouched: 'nobody',
}

export const isOfS = ({ disk }: State) => disk === 'S' || disk === 'S->T'
/** By its name, or by the ticket: T has it noted as its arrival. */
export const isOfT = ({ disk, t }: State) => disk === 'T' || (disk === 'S->T' && hasArrived(t))
export const hasArrived = (t: State['t']) => ['runs', 'installed', 'booted'].includes(t)

export const sRuns = ({ s }: State) => ['runs', 'offered', 'back', 'booted'].includes(s)
export const tRuns = ({ t }: State) => ['goes', 'runs', 'booted'].includes(t)
export const xRuns = ({ x }: State) => x === 'booted'
/** What becomes of it depends on what T says. */
export const isOpen = ({ s }: State) => s === 'sent' || s === 'unsettled'
export const isIdle = ({ sUp, sWrites }: State) => sUp && sWrites === 'nothing'

/** Written in one step with the look before it, or later. */
export const writeOfS = (disk: 'S' | 'S->T', { writesAtOnce }: Rules): Partial<State> =>
  writesAtOnce ? { disk } : { sWrites: disk }
export const writeOfT = ({ writesAtOnce }: Rules): Partial<State> =>
  writesAtOnce ? { disk: 'T' } : { tWrites: 'T' }

export const retaken = (state: State, kept: Rules): Partial<State> =>
  kept.retakesFromTargetAlone && state.disk === 'X' ? {} : writeOfS('S', kept)

/** Down, with its machine; it may come back, and finds the disk as it is by then. */
export const isGoneT = (state: State) => !state.tUp && !tRuns(state)
export const isGoneAll = (state: State) => isGoneT(state) && !state.sUp && !sRuns(state)

export function vouchedOf(state: State, isTrue: (state: State) => boolean): Partial<State> {
  return { vouched: isTrue(state) && state.vouched !== 'falsely' ? 'truly' : 'falsely' }
}
