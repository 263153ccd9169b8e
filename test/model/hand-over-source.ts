import type { Transition } from './explore.ts'
import type { Rules, State } from './hand-over-state.ts'

const settle = 'src/agent/outgoing/settle.ts'
const migrate = 'src/agent/outgoing/carry-out.ts'

/** Whether the word can have been sent, as the source's machine shows it. */
const isUncertain = ({ sWay, sMachine }: State) => sWay && (sMachine === 'sent' || sMachine === 'gone')
/** Whatever the machine was at, its guest runs here again; a machine that is gone stays gone. */
const takenBack = ({ sMachine }: State): Partial<State> =>
  sMachine === 'gone' ? {} : { sMachine: 'runs', sRan: true, missing: false }
/** The zone is the target's: what is missing there is sent first. */
const left = (rules: Rules): Partial<State> =>
  rules.sourceKeepsWhatIsMissing ? { sDoes: 'drains' } : { sDoes: 'leaves', sInstalled: false }

/** What the source's zonesd and its operator do. */
export const sourceTransitions: readonly Transition<State, Rules>[] = [
  {
    name: 'S: notes where the memory will go',
    mirrors: 'src/migration/phases/prepare.ts#noteWay(',
    when: ({ sUp, sDoes }) => sUp && sDoes === 'prepares',
    becomes: (_, { wayIsNotedBeforeSending: sWay }) => ({ sDoes: 'sends', sWay }),
  },
  {
    name: 'S: begins to send the memory',
    mirrors: "src/migration/send-memory.ts#execute('migrate'",
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'sends' && sMachine === 'runs',
    becomes: () => ({ sMachine: 'sending' }),
  },
  {
    name: 'S: the transfer fails or is cancelled, and is undone',
    mirrors: 'src/migration/phases/transfer.ts#takeBack',
    when: ({ sUp, sDoes }) => sUp && (sDoes === 'prepares' || sDoes === 'sends'),
    becomes: () => ({ sDoes: 'takes-back', ask: true }),
  },
  {
    name: 'S: hands over and sends the word',
    mirrors: 'src/migration/phases/hand-over.ts#handedOver = true',
    when: ({ sUp, sDoes, sMachine }) => sUp && sDoes === 'sends' && sMachine === 'sent',
    becomes: () => ({ sDoes: 'waits', go: true }),
  },
  {
    name: 'S: hears that the zone runs there',
    mirrors: 'src/migration/phases/clean-up.ts#giveUp',
    when: ({ sUp, sDoes, goAnswer }) => sUp && sDoes === 'waits' && goAnswer === 'ok',
    becomes: (_, broken) => ({ ...left(broken), goAnswer: 'none' }),
  },
  {
    name: 'S: hears nothing, or a refusal, or the conversation ends',
    mirrors: `${migrate}#settle(`,
    when: ({ sUp, sDoes }) => sUp && sDoes === 'waits',
    becomes: (_, { sourceAsksBeforeItTakesBack: asks }) => ({ sDoes: asks ? 'asks' : 'takes-back' }),
  },
  {
    name: 'S: asks the target to give up',
    mirrors: `${settle}#askTarget`,
    when: ({ sUp, sDoes, ask }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && !ask,
    becomes: () => ({ ask: true }),
  },
  {
    name: 'S: is told none',
    mirrors: `${settle}#takeBackHere`,
    when: ({ sUp, sDoes, answer }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && answer === 'none',
    becomes: () => ({ sDoes: 'takes-back', answer: 'nothing' }),
  },
  {
    name: 'S: is told arrived',
    mirrors: `${settle}#leftFor(target)`,
    when: ({ sUp, sDoes, answer }) => sUp && (sDoes === 'asks' || sDoes === 'sure') && answer === 'arrived',
    becomes: (_, broken) => ({ ...left(broken), answer: 'nothing' }),
  },
  {
    name: 'S: has sent what was missing, or nobody needs it or has it any more',
    mirrors: 'src/agent/outgoing/drain-zone.ts#drainZone',
    when: ({ sUp, sDoes, missing, sMachine, tMachine }) =>
      sUp && sDoes === 'drains' && (!missing || sMachine === 'gone' || tMachine !== 'runs'),
    becomes: () => ({ sDoes: 'leaves', sInstalled: false }),
  },
  {
    name: 'S: cannot send what is missing, keeps it and tells the operator',
    mirrors: 'src/agent/outgoing/drain-zone.ts#STREAM_BROKEN',
    when: ({ sUp, sDoes, missing }) => sUp && sDoes === 'drains' && missing,
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: cannot let the guest run again, since its post-copy has broken',
    mirrors: 'src/agent/outgoing/broken-switch.ts#POSTCOPY_BROKEN',
    when: ({ sUp, sDoes, sMachine, missing }) =>
      sUp && sDoes === 'takes-back' && sMachine === 'sent' && missing,
    becomes: () => ({ sMachine: 'gone' }),
  },
  {
    name: 'S: is told lost',
    mirrors: `${settle}#endOldGuest`,
    when: ({ sUp, sDoes, answer }) => sUp && sDoes === 'asks' && answer === 'lost',
    becomes: (_, { oldGuestEndsFirst }) => ({
      sDoes: 'ends-old',
      answer: 'nothing',
      ...(oldGuestEndsFirst ? {} : { lossKnown: true }),
    }),
  },
  {
    name: 'S: gets no answer, holds the zone and tells the operator',
    mirrors: `${settle}#HAND_OVER_UNCERTAIN`,
    when: ({ sUp, sDoes }) => sUp && sDoes === 'asks',
    becomes: () => ({ sDoes: 'held' }),
  },
  {
    name: 'S: gets no answer, or lost, but cannot have sent the word',
    mirrors: `${settle}#!uncertain`,
    when: ({ sUp, sDoes }) => sUp && sDoes === 'sure',
    becomes: () => ({ sDoes: 'takes-back' }),
  },
  {
    name: 'S: lets the guest run again',
    mirrors: 'src/migration/take-back.ts#takeBack(',
    when: ({ sUp, sDoes, sJournal, sMachine }) =>
      sUp && sDoes === 'takes-back' && sJournal && ['sending', 'sent'].includes(sMachine),
    becomes: takenBack,
  },
  {
    name: 'S: ends its machine, which has left or is old',
    mirrors: 'src/agent/lifecycle/run-zone.ts#endRunning',
    when: ({ sUp, sDoes, sMachine }) =>
      sUp && (sDoes === 'leaves' || sDoes === 'ends-old') && sMachine !== 'gone',
    becomes: ({ missing, tMachine, sDoes }) => ({
      sMachine: 'gone',
      starved: sDoes === 'leaves' && missing && tMachine === 'runs',
    }),
  },
  {
    name: 'S: acknowledges the loss',
    mirrors: `${settle}#knowsOfLoss: true`,
    when: ({ sUp, sDoes, sMachine, lossKnown }) =>
      sUp && sDoes === 'ends-old' && sMachine === 'gone' && !lossKnown,
    becomes: () => ({ lossKnown: true }),
  },
  {
    name: 'S: is done and removes its journal',
    mirrors: `${migrate}#removeJournal`,
    when: ({ sUp, sDoes, sMachine }) =>
      sUp &&
      ((sDoes === 'takes-back' && ['runs', 'gone'].includes(sMachine)) ||
        ((sDoes === 'leaves' || sDoes === 'ends-old') && sMachine === 'gone')),
    becomes: () => ({ sDoes: 'nothing', sJournal: false }),
  },
  {
    name: 'S: zonesd starts and reads its journal',
    mirrors: 'src/agent/run-agent.ts#takeUp',
    when: ({ sUp }) => !sUp,
    becomes: (state) => ({
      sUp: true,
      sDoes: state.sJournal ? (isUncertain(state) ? 'asks' : 'sure') : 'nothing',
    }),
  },
  {
    name: 'S: the operator types migrate --recover',
    mirrors: "src/agent/operations/migrate.ts#'zone/recover'",
    when: ({ sUp, sDoes }) => sUp && sDoes === 'held',
    becomes: () => ({ sDoes: 'asks' }),
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
