import { drive, type Happening } from './driven.ts'
import { model, rules, type State, sourceSteps } from './rest-hand-over.ts'
import { type RestSourceDriver, restSourceDriver } from './rest-source-driver.ts'

const fails = new Error('no')
const asks = 'S: asks'
const hearsNothing = ['S: hears nothing, or a refusal, or the conversation ends', asks]
const givesUp = 'S: gives up before it hands over, and tells the target'
const holds = 'S: gets no answer, and holds the zone'
const unanswered = [holds, 'S: gets no answer, but cannot have sent the word, and goes on telling the target']
const starts = 'S: zonesd starts'
const triesAgain = { names: [['S: tries again what it holds', asks]], only: ({ sUp }: State) => sUp }
const isHeld = ({ sDoes }: State) => sDoes === 'held'
const isBefore = ({ sDoes, sJournal }: State) => sDoes === 'sends' && sJournal === 'out'
const isAt = (at: State['sDoes']) => (state: State) => state.sDoes === at

const takenUp = [
  'the start of zonesd',
  'the fall of the host',
  'migrate --recover',
  'another try in the background',
]

/** What can happen to a source, and what the model calls it. */
const happenings: Readonly<Record<string, Happening<State, RestSourceDriver>>> = {
  'the next step': {
    does: (driver) => driver.goOn(),
    names: ['S: notes that it hands over', 'S: hands over', 'S: ends the migration'],
  },
  'a failure before it is handed over': {
    does: (driver) => driver.goOn(fails),
    names: [givesUp],
    only: isAt('sends'),
  },
  'a cancel': {
    does: (driver) => driver.cancel(),
    names: [givesUp],
    only: (state) => state.sUp && (isBefore(state) || state.sDoes !== 'sends'),
    mayPass: (state) => !isBefore(state),
  },
  'a cancel when it is noted': {
    does: (driver) => driver.cancel(),
    names: [],
    only: ({ sDoes, sJournal }) => sDoes === 'sends' && sJournal !== 'out',
    mayPass: () => true,
  },
  'the loss of the connection': {
    does: (driver) => driver.disconnect(),
    names: [givesUp, ['S: hands over', 'a message is lost', ...hearsNothing], hearsNothing],
    only: ({ sUp }) => sUp,
    mayPass: ({ sDoes }) => sDoes !== 'sends' && sDoes !== 'waits',
  },
  'the word that the target has it': {
    does: (driver) => driver.goOn(),
    names: ['S: hears that the target has it'],
  },
  'that word, without room to write it down': {
    does: (driver) => driver.withoutRoom(),
    names: [hearsNothing],
  },
  "the target's refusal": { does: (driver) => driver.goOn(fails), names: [hearsNothing] },
  'the answer none': { does: (driver) => driver.goOn('none'), names: ['S: hears none'] },
  'the answer arrived': { does: (driver) => driver.goOn('arrived'), names: ['S: hears arrived'] },
  'the answer arrived, without room to write it down': {
    does: (driver) => driver.withoutRoom('arrived'),
    names: ['S: hears arrived, cannot write it down, and holds the zone'],
  },
  'no answer': { does: (driver) => driver.getsNoAnswer(), names: unanswered },
  'no way to the target': { does: (driver) => driver.isUnreachable(), names: unanswered },
  'no answer yet': {
    does: (driver) => driver.asksAgain(),
    names: [asks, holds],
    only: ({ sDoes, sZone }) => sDoes === 'asks' && sZone === 'installed',
  },
  'the start of zonesd': { does: (driver) => driver.start(), names: [starts, [starts, asks]] },
  'migrate --recover': {
    does: (driver) => driver.recover(),
    ...triesAgain,
    mayPass: (state) => !isHeld(state),
  },
  'another try in the background': {
    does: (driver) => driver.triesAgain(),
    ...triesAgain,
    mayPass: (state) => !isHeld(state),
  },
  'the death of zonesd': { does: (driver) => driver.die(), names: ['the source goes down'] },
  'the fall of the host': { does: (driver) => driver.goDown(), names: ['the source goes down'] },
}

for (const kind of ['cold', 'warm'] as const) {
  drive<State, typeof rules, RestSourceDriver>({
    name: `source of a ${kind} migration`,
    model,
    rules,
    own: ['sUp', 'sZone', 'sJournal', 'sDoes'],
    silent: { go: false, ask: false },
    steps: sourceSteps,
    isFree: ({ sUp, sDoes }) => sUp && sDoes === 'nothing',
    happenings,
    // What takes up a migration is the same for both.
    anew: kind === 'cold' ? [] : takenUp,
    start: () => restSourceDriver(kind),
  })
}
