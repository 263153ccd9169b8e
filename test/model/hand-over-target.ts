import type { Transition } from './explore.ts'
import type { Rules, State } from './hand-over-state.ts'

const arrivals = 'src/agent/incoming/arrivals.ts'
const goFile = 'src/agent/incoming/go.ts'

/** Nothing of it is left at the target. */
const givenUp: Partial<State> = { tDoes: 'nothing', tMachine: 'none', tJournal: false, tMark: 'none' }
const canGiveUp = ({ tDoes }: State) => tDoes === 'waits' || tDoes === 'refused'

/** What the target answers to a source that asks it to give up, and what it does before it answers. */
function answerToAsk(state: State, rules: Rules): Partial<State> {
  const knowsArrival = rules.arrivalsAreKept ? state.tLedger : state.tZone === 'installed'
  if (canGiveUp(state)) return { answer: 'none', ...(rules.noneIsFinal ? givenUp : {}) }
  if (state.tDoes !== 'nothing' || knowsArrival) return { answer: 'arrived' }
  if (!state.tJournal) return { answer: state.tLost ? 'lost' : 'none' }
  return { answer: 'lost', ...(rules.lossIsKept ? {} : givenUp) }
}

/** What the next zonesd makes of what it finds. */
function recovered(state: State): Partial<State> {
  const { tJournal, tZone, tMachine, tMark } = state
  if (!tJournal) return {}
  if (tZone !== 'none' || tMachine === 'runs') return { tDoes: 'ran' }
  if (tMachine === 'loaded' || tMachine === 'waits') return givenUp
  if (tMark === 'going') return { tDoes: 'ran' }
  return tMark === 'waiting' ? givenUp : {}
}

/** What the target's zonesd and its operator do. */
export const targetTransitions: readonly Transition<State, Rules>[] = [
  {
    name: 'T: is told to go, and decides to',
    mirrors: `${arrivals}#incoming.going ??=`,
    when: ({ tUp, go, tDoes, tMachine }) => tUp && go && tDoes === 'waits' && tMachine === 'loaded',
    becomes: () => ({ go: false, tDoes: 'goes' }),
  },
  {
    name: 'T: is told to go, and cannot',
    mirrors: `${goFile}#GO_REFUSED`,
    when: ({ tUp, go, tDoes, tMachine }) => tUp && go && tDoes === 'waits' && tMachine !== 'loaded',
    becomes: () => ({ go: false, tDoes: 'refused', goAnswer: 'refused' }),
  },
  {
    name: 'T: is told to go, but has given up',
    mirrors: `${arrivals}#NO_SUCH_MIGRATION`,
    when: ({ tUp, go, tDoes }) => tUp && go && tDoes === 'nothing',
    becomes: () => ({ go: false, goAnswer: 'refused' }),
  },
  {
    name: 'T: finds QEMU gone before it marks',
    mirrors: `${goFile}#await status()`,
    when: ({ tUp, tDoes, tMachine }) => tUp && tDoes === 'goes' && tMachine === 'none',
    becomes: () => ({ tDoes: 'refused', goAnswer: 'refused' }),
  },
  {
    name: 'T: marks that the guest may run',
    mirrors: `${goFile}#setIncomingMark`,
    when: ({ tUp, tDoes }) => tUp && tDoes === 'goes',
    becomes: (_, { markBeforeRunning }) => ({
      tDoes: 'marked',
      ...(markBeforeRunning ? { tMark: 'going' } : {}),
    }),
  },
  {
    name: 'T: continues the guest, or QEMU is gone and nobody knows',
    mirrors: `${goFile}#execute('cont')`,
    when: ({ tUp, tDoes }) => tUp && tDoes === 'marked',
    becomes: ({ tMachine }) => ({
      tDoes: 'ran',
      ...(tMachine === 'loaded' ? { tMachine: 'runs', tRan: true } : {}),
    }),
  },
  {
    name: 'T: QEMU refuses to continue the guest',
    mirrors: `${goFile}#QmpError`,
    when: ({ tUp, tDoes, tMachine }) => tUp && tDoes === 'marked' && tMachine === 'loaded',
    becomes: () => ({ tDoes: 'refused', goAnswer: 'refused' }),
  },
  {
    name: 'T: writes down that the zone is its own',
    mirrors: `${goFile}#arrival: journal.migrationId`,
    when: ({ tUp, tDoes }) => tUp && tDoes === 'ran',
    becomes: ({ tZone }) => ({ tDoes: 'recorded', tZone: tZone === 'none' ? 'installed' : tZone }),
  },
  {
    name: 'T: notes the arrival for whoever asks',
    mirrors: `${goFile}#noteArrival(`,
    when: ({ tUp, tDoes }) => tUp && tDoes === 'recorded',
    becomes: () => ({ tDoes: 'noted', tLedger: true }),
  },
  {
    name: 'T: removes its journal and answers',
    mirrors: `${goFile}#removeJournal`,
    when: ({ tUp, tDoes }) => tUp && tDoes === 'noted',
    becomes: () => ({ tDoes: 'nothing', tJournal: false, tMark: 'none', goAnswer: 'ok' }),
  },
  {
    name: 'T: is asked to give up',
    mirrors: `${arrivals}#async abort(`,
    // While the word is being carried out the question waits for its end.
    when: (state, { arrivedIsDurable }) =>
      state.tUp &&
      state.ask &&
      (canGiveUp(state) || state.tDoes === 'nothing' || (!arrivedIsDurable && state.tDoes === 'ran')),
    becomes: (state, rules) => ({ ask: false, ...answerToAsk(state, rules) }),
  },
  {
    name: 'T: is asked to give up, and has written down already that the zone is its own',
    mirrors: `${arrivals}#record.arrival === migrationId`,
    when: ({ tUp, ask, tDoes, tZone }) =>
      tUp && ask && ['ran', 'recorded', 'noted'].includes(tDoes) && tZone === 'installed',
    becomes: () => ({ ask: false, answer: 'arrived' }),
  },
  {
    name: 'T: hears that the source knows of the loss',
    mirrors: `${arrivals}#knowsOfLoss`,
    when: ({ tUp, lossKnown, tJournal, tLost, tDoes }) =>
      tUp && lossKnown && (tJournal || tLost) && tDoes === 'nothing',
    becomes: () => ({ ...givenUp, tLost: false }),
  },
  {
    name: 'T: the conversation ends or the lease is over',
    mirrors: `${arrivals}#conversationEnded`,
    when: (state) => state.tUp && canGiveUp(state),
    becomes: () => givenUp,
  },
  {
    name: 'T: zonesd starts and looks at what is left',
    mirrors: `${arrivals}#fateOf`,
    when: ({ tUp }) => !tUp,
    becomes: (state) => ({ tUp: true, ...recovered(state) }),
  },
  {
    name: 'T: the operator types migrate --recover -F, and the migration is forgotten',
    mirrors: 'src/agent/incoming/recover-here.ts#if (sourceIsGone) return forget(',
    when: ({ tUp, tJournal, tMachine, tMark, tZone, tDoes }) =>
      tUp && tJournal && tMachine === 'none' && tMark === 'none' && tZone === 'none' && tDoes === 'nothing',
    becomes: (_, { lossOutlivesForgetting }) => ({ ...givenUp, tLost: lossOutlivesForgetting }),
  },
  {
    name: 'T: the operator halts the guest, of which a part may be missing',
    mirrors: 'src/agent/lifecycle/stop.ts#haltZone',
    when: ({ tUp, tMachine, tDoes, tZone }) =>
      tUp && tMachine === 'runs' && tDoes === 'nothing' && tZone === 'installed',
    becomes: () => ({ tMachine: 'none' }),
  },
  {
    name: 'T: the operator boots the zone',
    mirrors: 'src/agent/lifecycle/boot.ts#bootZone',
    when: ({ tUp, tZone, tMachine, tDoes }) =>
      tUp && tZone === 'installed' && tMachine === 'none' && tDoes === 'nothing',
    becomes: () => ({ tMachine: 'booted' }),
  },
  {
    name: 'T: the zone moves on to a third host',
    mirrors: 'src/agent/outgoing/source-zone.ts#giveUp',
    when: ({ tUp, tZone, tMachine, tDoes, tJournal, missing }) =>
      tUp && tZone === 'installed' && tMachine === 'runs' && tDoes === 'nothing' && !tJournal && !missing,
    becomes: () => ({ tZone: 'elsewhere', tMachine: 'none' }),
  },
]
