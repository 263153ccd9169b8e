import type { IncomingMark } from '../../src/agent/incoming/incoming-mark.ts'
import type { IncomingStatus } from '../../src/migration/peer-api.ts'

/** All that matters of one live migration from S to T, from the moment in which the target waits for its memory. */
export interface State {
  /** The source's zonesd, its machine, and what is on its disk. `booted` is a guest started anew from the zone's disk. */
  readonly sUp: boolean
  readonly sMachine: 'sending' | 'sent' | 'runs' | 'booted' | 'gone'
  readonly sInstalled: boolean
  readonly sJournal: boolean
  /** The journal says where the memory goes. */
  readonly sWay: boolean
  /**
   * What the source's zonesd is at: `sure` asks although the word cannot have been sent; `held` is not settled, and the
   * operator has been told.
   */
  readonly sDoes:
    | 'prepares'
    | 'sends'
    | 'waits'
    | 'asks'
    | 'sure'
    | 'held'
    | 'takes-back'
    | 'drains'
    | 'leaves'
    | 'ends-old'
    | 'nothing'
  /** The target's zonesd, its machine, and what is on its disk. */
  readonly tUp: boolean
  readonly tMachine: 'waits' | 'loaded' | 'runs' | 'booted' | 'none'
  readonly tJournal: boolean
  /** In run/, which a reboot empties. */
  readonly tMark: IncomingMark | 'none'
  /** Whose the zone is, as the target's disk says: also when it has moved on to a third host and runs there. */
  readonly tZone: 'none' | 'installed' | 'elsewhere'
  readonly tLedger: boolean
  /** A note that the guest may have run there, of a migration of which the operator has let all else be forgotten. */
  readonly tLost: boolean
  /** What the target's zonesd has in memory of the migration. */
  readonly tDoes: 'waits' | 'refused' | 'goes' | 'marked' | 'ran' | 'recorded' | 'noted' | 'nothing'
  /** What is on its way between them, however long. */
  readonly go: boolean
  readonly goAnswer: 'ok' | 'refused' | 'none'
  readonly ask: boolean
  readonly answer: IncomingStatus | 'nothing'
  readonly lossKnown: boolean
  /** Post-copy: a part of the guest's memory is at the source alone. */
  readonly missing: boolean
  /** What nobody can see: whether the guest went on, from the memory that was sent, at either end. */
  readonly tRan: boolean
  readonly sRan: boolean
  /** The source has thrown away what a guest that ran at the target was missing. */
  readonly starved: boolean
}

export const initial: State = {
  sUp: true,
  sMachine: 'runs',
  sInstalled: true,
  sJournal: true,
  sWay: false,
  sDoes: 'prepares',
  tUp: true,
  tMachine: 'waits',
  tJournal: true,
  tMark: 'waiting',
  tZone: 'none',
  tLedger: false,
  tLost: false,
  tDoes: 'waits',
  go: false,
  goAnswer: 'none',
  ask: false,
  answer: 'nothing',
  lossKnown: false,
  missing: false,
  tRan: false,
  sRan: false,
  starved: false,
}

/** The rules of the protocol, so that each can be broken by itself. */
export interface Rules {
  /** Where the memory goes is noted before any of it does: a machine that is gone had sent nothing if it is not. */
  readonly wayIsNotedBeforeSending: boolean
  /** After the word was sent the source runs the zone only if the target has said `none`. */
  readonly sourceAsksBeforeItTakesBack: boolean
  /** A target that has said `none` refuses every later word. */
  readonly noneIsFinal: boolean
  /** `lost` is said until the source knows of it. */
  readonly lossIsKept: boolean
  /** That also when the operator has let the migration be forgotten at the target. */
  readonly lossOutlivesForgetting: boolean
  /** `arrived` is said only once it is on disk. */
  readonly arrivedIsDurable: boolean
  /** That the guest may have begun to run is noted before it does. */
  readonly markBeforeRunning: boolean
  /** An arrival is remembered whatever becomes of the zone. */
  readonly arrivalsAreKept: boolean
  /** A zone that is not settled is not booted. */
  readonly noBootWhileUnsettled: boolean
  /** After a loss the old guest is ended before the target may forget it. */
  readonly oldGuestEndsFirst: boolean
  /** The source's machine is kept until the target has all of the memory, or nothing that needs it. */
  readonly sourceKeepsWhatIsMissing: boolean
}

export const rules: Rules = {
  wayIsNotedBeforeSending: true,
  sourceAsksBeforeItTakesBack: true,
  noneIsFinal: true,
  lossIsKept: true,
  lossOutlivesForgetting: true,
  arrivedIsDurable: true,
  markBeforeRunning: true,
  arrivalsAreKept: true,
  noBootWhileUnsettled: true,
  oldGuestEndsFirst: true,
  sourceKeepsWhatIsMissing: true,
}

const sRuns = ({ sMachine }: State) => ['sending', 'runs', 'booted'].includes(sMachine)
const tRuns = ({ tMachine, tZone }: State) => ['runs', 'booted'].includes(tMachine) || tZone === 'elsewhere'

export const always: Readonly<Record<string, (state: State) => boolean>> = {
  'never two runners': (state) => !(sRuns(state) && tRuns(state)),
  'no guest goes on from memory that has gone on elsewhere': ({ sMachine, tMachine, sRan, tRan }) =>
    !(tRan && (sMachine === 'runs' || sMachine === 'sending')) && !(sRan && tMachine === 'runs'),
  'no guest is deprived of a part of its memory': ({ starved }) => !starved,
}

export const reachable: Readonly<Record<string, (state: State) => boolean>> = {
  'always recoverable: one host has the zone, and both know it': (state) =>
    state.sUp &&
    state.tUp &&
    !state.sJournal &&
    state.sDoes === 'nothing' &&
    state.tDoes === 'nothing' &&
    state.sInstalled !== (state.tZone !== 'none'),
}
