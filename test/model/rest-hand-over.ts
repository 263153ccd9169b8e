import type { Model, Transition } from './explore.ts'

/** All that matters of one cold or warm migration from S to T, from the moment in which T has promised to take the zone. */
export interface State {
  readonly sUp: boolean
  readonly sZone: 'installed' | 'configured'
  /** On the source's disk; while it is there the zone is not booted. */
  readonly sJournal: 'none' | 'out' | 'handed over'
  /** `sure` asks although the word cannot have been sent; `held` is tried again, by its operator or in the background. */
  readonly sDoes: 'sends' | 'waits' | 'asks' | 'sure' | 'held' | 'leaves' | 'nothing'
  readonly tUp: boolean
  /** Whose the zone is, as the target's disk says: also when it has moved on. */
  readonly tZone: 'none' | 'installed' | 'elsewhere'
  readonly tJournal: boolean
  readonly tDoes: 'waits' | 'goes' | 'nothing'
  /** On their way, however long. */
  readonly go: boolean
  readonly goAnswer: 'ok' | 'refused' | 'none'
  readonly ask: boolean
  readonly answer: 'none' | 'arrived' | 'nothing'
}

/** What the code keeps to; a test breaks each of them. */
export interface Rules {
  readonly handOverIsNoted: boolean
  readonly sourceAsksBeforeItTakesBack: boolean
  readonly noneIsFinal: boolean
  readonly arrivedIsDurable: boolean
  readonly noBootWhileUnsettled: boolean
}

export const rules: Rules = {
  handOverIsNoted: true,
  sourceAsksBeforeItTakesBack: true,
  noneIsFinal: true,
  arrivedIsDurable: true,
  noBootWhileUnsettled: true,
}

const initial: State = {
  sUp: true,
  sZone: 'installed',
  sJournal: 'out',
  sDoes: 'sends',
  tUp: true,
  tZone: 'none',
  tJournal: true,
  tDoes: 'waits',
  go: false,
  goAnswer: 'none',
  ask: false,
  answer: 'nothing',
}

type Step = Transition<State, Rules>

const over: Partial<State> = { sJournal: 'none', sDoes: 'nothing' }
const isAsking = ({ sUp, sDoes }: State) => sUp && (sDoes === 'asks' || sDoes === 'sure')
const settles = ({ sJournal }: State) => (sJournal === 'out' ? 'sure' : 'asks')

/** What the source does; `rest-source.test.ts` drives the code through all of it. */
export const sourceSteps: readonly Step[] = [
  {
    name: 'S: notes that it hands over',
    when: ({ sUp, sDoes, sJournal }) => sUp && sDoes === 'sends' && sJournal === 'out',
    becomes: (_, { handOverIsNoted }) => ({ sJournal: handOverIsNoted ? 'handed over' : 'out' }),
  },
  {
    name: 'S: hands over',
    when: ({ sUp, sDoes, sJournal }, { handOverIsNoted }) =>
      sUp && sDoes === 'sends' && (!handOverIsNoted || sJournal === 'handed over'),
    becomes: () => ({ go: true, sDoes: 'waits' }),
  },
  {
    name: 'S: gives up before it hands over, and tells the target',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'sends',
    becomes: () => ({ ...over, ask: true }),
  },
  {
    name: 'S: hears nothing, or a refusal, or the conversation ends',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'waits',
    becomes: () => ({ sDoes: 'asks', goAnswer: 'none' }),
  },
  {
    name: 'S: hears that the target has it',
    when: ({ sUp, sDoes, goAnswer }) => sUp && sDoes === 'waits' && goAnswer === 'ok',
    becomes: () => ({ sZone: 'configured', sDoes: 'leaves', goAnswer: 'none' }),
  },
  {
    name: 'S: ends the migration',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'leaves',
    becomes: () => over,
  },
  {
    name: 'S: asks',
    when: (state) => isAsking(state) && !state.ask && state.answer === 'nothing',
    becomes: () => ({ ask: true }),
  },
  {
    name: 'S: hears none',
    when: (state) => isAsking(state) && state.answer === 'none',
    becomes: () => ({ ...over, answer: 'nothing' }),
  },
  {
    name: 'S: hears arrived',
    when: (state) => isAsking(state) && state.answer === 'arrived',
    becomes: () => ({ sZone: 'configured', sDoes: 'leaves', answer: 'nothing' }),
  },
  {
    name: 'S: hears arrived, cannot write it down, and holds the zone',
    when: (state) => isAsking(state) && state.answer === 'arrived',
    becomes: () => ({ sDoes: 'held', answer: 'nothing' }),
  },
  {
    name: 'S: gets no answer, and holds the zone',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'asks',
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: tries again what it holds',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'held',
    becomes: (state) => ({ sDoes: settles(state) }),
  },
  {
    name: 'S: gets no answer, but cannot have sent the word, and goes on telling the target',
    when: ({ sUp, sDoes }, { sourceAsksBeforeItTakesBack }) =>
      sUp && (sDoes === 'sure' || (sDoes === 'asks' && !sourceAsksBeforeItTakesBack)),
    becomes: () => ({ ...over, ask: true }),
  },
  {
    name: 'S: zonesd starts',
    when: ({ sUp }) => !sUp,
    becomes: (state, { noBootWhileUnsettled }) => ({
      sUp: true,
      ...(noBootWhileUnsettled ? {} : { sJournal: 'none' }),
      sDoes: state.sJournal === 'none' ? 'nothing' : settles(state),
    }),
  },
]

/** What the target does; `rest-target.test.ts` drives the code through all of it. */
export const targetSteps: readonly Step[] = [
  {
    name: 'T: is told to take the zone',
    when: ({ tUp, tDoes, tZone, go }, { noneIsFinal }) =>
      tUp && go && (tDoes === 'waits' || (!noneIsFinal && tDoes === 'nothing' && tZone === 'none')),
    becomes: (_, { arrivedIsDurable }) => ({
      tDoes: 'goes',
      go: false,
      ...(arrivedIsDurable ? {} : { goAnswer: 'ok' }),
    }),
  },
  {
    name: 'T: refuses, having given up',
    when: ({ tUp, tDoes, go }) => tUp && go && tDoes === 'nothing',
    becomes: () => ({ go: false, goAnswer: 'refused' }),
  },
  {
    name: 'T: writes down that the zone is its own',
    when: ({ tUp, tDoes, tZone }) => tUp && tDoes === 'goes' && tZone === 'none',
    becomes: () => ({ tZone: 'installed' }),
  },
  {
    name: 'T: answers that it has it',
    when: ({ tUp, tDoes, tZone }) => tUp && tDoes === 'goes' && tZone === 'installed',
    becomes: () => ({ tDoes: 'nothing', tJournal: false, goAnswer: 'ok' }),
  },
  {
    name: 'T: cannot write it down, and tries again',
    when: ({ tUp, tDoes }) => tUp && tDoes === 'goes',
    becomes: () => ({ goAnswer: 'refused' }),
  },
  {
    name: 'T: hears nothing for its lease, or the conversation ends',
    when: ({ tUp, tDoes }) => tUp && tDoes === 'waits',
    becomes: () => ({ tDoes: 'nothing', tJournal: false }),
  },
  {
    name: 'T: is asked',
    when: ({ tUp, tDoes, ask }) => tUp && ask && tDoes !== 'goes',
    becomes: ({ tZone }) => ({
      ask: false,
      answer: tZone === 'none' ? 'none' : 'arrived',
      tDoes: 'nothing',
      tJournal: false,
    }),
  },
  {
    name: 'T: zonesd starts',
    when: ({ tUp }) => !tUp,
    becomes: () => ({ tUp: true, tJournal: false }),
  },
]

const worldSteps: readonly Step[] = [
  {
    name: 'the source goes down',
    fault: true,
    when: ({ sUp }) => sUp,
    becomes: () => ({ sUp: false, sDoes: 'nothing', goAnswer: 'none', answer: 'nothing' }),
  },
  {
    name: 'the target goes down',
    fault: true,
    when: ({ tUp }) => tUp,
    becomes: () => ({ tUp: false, tDoes: 'nothing' }),
  },
  {
    name: 'a message is lost',
    fault: true,
    when: ({ go, ask, answer, goAnswer }) => go || ask || answer !== 'nothing' || goAnswer !== 'none',
    becomes: () => ({ go: false, ask: false, answer: 'nothing', goAnswer: 'none' }),
  },
  {
    name: 'the zone moves on from T',
    fault: true,
    when: ({ tUp, tZone, tDoes, tJournal }) =>
      tUp && tZone === 'installed' && tDoes === 'nothing' && !tJournal,
    becomes: () => ({ tZone: 'elsewhere' }),
  },
]

const isFreeAtSource = ({ sZone, sJournal }: State) => sZone === 'installed' && sJournal === 'none'

export const model: Model<State, Rules> = {
  initial,
  transitions: [...sourceSteps, ...targetSteps, ...worldSteps],
  always: {
    'never on both': (state) => !(isFreeAtSource(state) && state.tZone !== 'none'),
    'never on none': ({ sZone, tZone }) => sZone === 'installed' || tZone !== 'none',
  },
  reachable: {
    'always settled in the end': (state) =>
      (isFreeAtSource(state) && !state.tJournal) ||
      (state.sZone === 'configured' && state.sJournal === 'none' && state.tZone !== 'none'),
  },
}
