import type { Transition } from './explore.ts'
import type { Rules, State } from './hand-over-state.ts'

/** Whether the word can have been sent, as the source's machine shows it. */
const isUncertain = ({ sWay, sMachine }: State) => sWay && (sMachine === 'sent' || sMachine === 'gone')
const settles = (state: State) => (isUncertain(state) ? 'asks' : 'sure')
/** The target is to give up, and may forget what it has lost. */
const toldLater: Partial<State> = { ask: true, lossKnown: true }
/** Whatever the machine was at, its guest runs here again; a machine that is gone stays gone. */
const takenBack = ({ sMachine }: State): Partial<State> =>
  sMachine === 'gone' ? {} : { sMachine: 'runs', sRan: true, missing: false }
/** The zone is the target's: what is missing there is sent first. */
const left = (rules: Rules): Partial<State> =>
  rules.sourceKeepsWhatIsMissing ? { sDoes: 'drains' } : { sDoes: 'leaves', sInstalled: false }

/** What the source's zonesd and its operator do; `source-driven.test.ts` drives the code through all of it but the boot. */
export const sourceTransitions: readonly Transition<State, Rules>[] = [
  {
    name: 'S: notes where the memory will go',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'prepares',
    becomes: (_, { wayIsNotedBeforeSending: sWay }) => ({ sDoes: 'sends', sWay }),
  },
  {
    name: 'S: begins to send the memory',
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'sends' && sMachine === 'runs',
    becomes: () => ({ sMachine: 'sending' }),
  },
  {
    name: 'S: the transfer fails or is cancelled, and is undone',
    when: ({ sUp, sDoes }) => sUp && (sDoes === 'prepares' || sDoes === 'sends'),
    becomes: () => ({ sDoes: 'takes-back' }),
  },
  {
    name: 'S: tells the target that it is given up',
    when: ({ sUp, sDoes, ask }) => sUp && sDoes === 'takes-back' && !ask,
    becomes: () => ({ ask: true }),
  },
  {
    name: 'S: hands over and sends the word',
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'sends' && sMachine === 'sent',
    becomes: () => ({ sDoes: 'waits', go: true }),
  },
  {
    name: 'S: hears that the zone runs there',
    when: ({ sUp, sDoes, goAnswer }) => sUp && sDoes === 'waits' && goAnswer === 'ok',
    becomes: (_, broken) => ({ ...left(broken), goAnswer: 'none' }),
  },
  {
    name: 'S: hears nothing, or a refusal, or the conversation ends',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'waits',
    becomes: (_, { sourceAsksBeforeItTakesBack: asks }) => ({ sDoes: asks ? 'asks' : 'takes-back' }),
  },
  {
    name: 'S: asks the target to give up',
    when: ({ sUp, sDoes, ask }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && !ask,
    becomes: () => ({ ask: true }),
  },
  {
    name: 'S: is told none',
    when: ({ sUp, sDoes, answer }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && answer === 'none',
    becomes: () => ({ sDoes: 'takes-back', answer: 'nothing' }),
  },
  {
    name: 'S: is told arrived',
    when: ({ sUp, sDoes, answer }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && answer === 'arrived',
    becomes: (_, broken) => ({ ...left(broken), answer: 'nothing' }),
  },
  {
    name: 'S: has sent what was missing, or nobody needs it or has it any more',
    when: ({ sUp, sDoes, missing, sMachine, tMachine }) =>
      sUp && sDoes === 'drains' && (!missing || sMachine === 'gone' || tMachine !== 'runs'),
    becomes: () => ({ sDoes: 'leaves', sInstalled: false }),
  },
  {
    name: 'S: cannot send what is missing, keeps it and tells the operator',
    when: ({ sUp, sDoes, missing }) => sUp && sDoes === 'drains' && missing,
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: cannot send what is missing, and asks once more',
    when: ({ sUp, sDoes, missing }) => sUp && sDoes === 'drains' && missing,
    becomes: () => ({ sDoes: 'asks' }),
  },
  {
    name: 'S: cannot let the guest run again, since its post-copy has broken',
    when: ({ sUp, sDoes, sMachine, missing }) =>
      sUp && sDoes === 'takes-back' && sMachine === 'sent' && missing,
    becomes: () => ({ sMachine: 'gone' }),
  },
  {
    name: 'S: cannot let the guest run again, keeps it and tells the operator',
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'takes-back' && ['sent', 'gone'].includes(sMachine),
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: is told lost',
    when: ({ sUp, sDoes, answer }) => sUp && sDoes === 'asks' && answer === 'lost',
    becomes: (_, { oldGuestEndsFirst }) => ({
      sDoes: 'ends-old',
      answer: 'nothing',
      ...(oldGuestEndsFirst ? {} : { lossKnown: true }),
    }),
  },
  {
    name: 'S: gets no answer, holds the zone and tells the operator',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'asks',
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: gets no answer, or lost, but cannot have sent the word',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'sure',
    becomes: () => ({ sDoes: 'takes-back', ...toldLater }),
  },
  {
    name: 'S: lets the guest run again',
    when: ({ sUp, sDoes, sJournal, sMachine }) =>
      sUp && sDoes === 'takes-back' && sJournal && ['sending', 'sent'].includes(sMachine),
    becomes: takenBack,
  },
  {
    name: 'S: ends its machine, which has left or is old',
    when: ({ sUp, sDoes, sMachine }) =>
      sUp && (sDoes === 'leaves' || sDoes === 'ends-old') && sMachine !== 'gone',
    becomes: ({ missing, tMachine, sDoes }) => ({
      sMachine: 'gone',
      starved: sDoes === 'leaves' && missing && tMachine === 'runs',
    }),
  },
  {
    name: 'S: acknowledges the loss',
    when: ({ sUp, sDoes, sMachine, lossKnown }) =>
      sUp && sDoes === 'ends-old' && sMachine === 'gone' && !lossKnown,
    becomes: () => toldLater,
  },
  {
    name: 'S: is done and removes its journal',
    when: ({ sUp, sDoes, sMachine }) =>
      sUp &&
      ((sDoes === 'takes-back' && ['runs', 'gone'].includes(sMachine)) ||
        ((sDoes === 'leaves' || sDoes === 'ends-old') && sMachine === 'gone')),
    becomes: () => ({ sDoes: 'nothing', sJournal: false }),
  },
  {
    name: 'S: is done, and goes on telling the target what it could not be told',
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'takes-back' && ['runs', 'gone'].includes(sMachine),
    becomes: () => ({ sDoes: 'nothing', sJournal: false, ...toldLater }),
  },
  {
    name: 'S: zonesd starts and reads its journal',
    when: ({ sUp }) => !sUp,
    becomes: (state) => ({
      sUp: true,
      sDoes: state.sJournal ? settles(state) : 'nothing',
    }),
  },
  {
    name: 'S: the operator types migrate --recover',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'held',
    becomes: (state) => ({ sDoes: settles(state) }),
  },
  {
    name: 'S: the operator boots the zone',
    mirrors: 'src/agent/zone.ts#MIGRATION_UNSETTLED',
    when: ({ sUp, sDoes, sMachine, sInstalled }, { noBootWhileUnsettled }) =>
      sUp &&
      sMachine === 'gone' &&
      sInstalled &&
      (sDoes === 'nothing' || (!noBootWhileUnsettled && sDoes === 'held')),
    becomes: () => ({ sMachine: 'booted' }),
  },
]
