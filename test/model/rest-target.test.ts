import { drive, type Happening } from './driven.ts'
import { model, rules, type State, targetSteps } from './rest-hand-over.ts'
import { type RestTargetDriver, restTargetDriver } from './rest-target-driver.ts'

const lost = 'a message is lost'
const answers = 'T: answers that it has it'
const cannotWrite = 'T: cannot write it down, and tries again'
const noRoom = 'no room to write it down'
const isGoing = ({ tUp, tDoes }: State) => tUp && tDoes === 'goes'

/** What can happen to a target, and what the model calls it. */
const happenings: Readonly<Record<string, Happening<State, RestTargetDriver>>> = {
  'the word to go': {
    does: (driver) => driver.go(),
    names: ['T: is told to take the zone', 'T: refuses, having given up'],
  },
  'the next step': {
    does: (driver) => driver.step(),
    // Where it is tried again nobody waits for the answer any more.
    names: ['T: writes down that the zone is its own', answers, [answers, lost]],
  },
  [noRoom]: { does: (driver) => driver.withoutRoom(), names: [cannotWrite, [cannotWrite, lost]] },
  'the question': {
    does: (driver) => driver.ask(),
    names: ['T: is asked'],
    // Who asks has to wait.
    mayPass: isGoing,
  },
  'the end of the conversation': {
    does: (driver) => driver.hangUp(),
    names: ['T: hears nothing for its lease, or the conversation ends'],
    mayPass: ({ tUp, tDoes }) => tUp && tDoes !== 'waits',
  },
  'the start of zonesd': { does: (driver) => driver.start(), names: ['T: zonesd starts'] },
  'what others do with the zone later': {
    does: (driver) => driver.movesOn(),
    names: ['the zone moves on from T'],
  },
  'the death of zonesd': { does: (driver) => driver.die(), names: ['the target goes down'] },
  'the fall of the host': { does: (driver) => driver.goDown(), names: ['the target goes down'] },
}

drive<State, typeof rules, RestTargetDriver>({
  name: 'target of a zone at rest',
  model,
  rules,
  own: ['tUp', 'tZone', 'tJournal', 'tDoes'],
  silent: { goAnswer: 'none', answer: 'nothing' },
  steps: targetSteps,
  isFree: ({ tUp, tZone, tDoes, tJournal }) => tUp && tZone !== 'none' && tDoes === 'nothing' && !tJournal,
  happenings,
  anew: ['the start of zonesd', 'the fall of the host', noRoom],
  start: restTargetDriver,
})
