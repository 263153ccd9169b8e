import type { SourceDriver } from './source-driver.ts'
import type { SourceState } from './source-state.ts'

/** A transition of the model, or some of them, one after the other. */
export type Course = string | readonly string[]

/** What can happen to a source, and what the model calls it. */
export interface Happening {
  readonly does: (driver: SourceDriver) => Promise<void> | void
  readonly names: readonly Course[]
  /** What may come of it as well, which nobody can ask for. */
  readonly or?: (state: SourceState) => readonly Course[]
  /** What comes of it in a zonesd that was started since. */
  readonly anew?: (state: SourceState) => readonly Course[]
  /** In what states it has no effect. */
  readonly mayPass?: (state: SourceState) => boolean
  /** Where alone it is tried. */
  readonly only?: (state: SourceState) => boolean
}

const isUnderWay = ({ sDoes }: SourceState) => sDoes !== 'nothing' && sDoes !== 'held'
const isStreaming = ({ sDoes, missing }: SourceState) => sDoes === 'drains' && missing
const doneFor = 'S: is done and removes its journal'
const tells = 'S: tells the target that it is given up'
const undone = 'S: the transfer fails or is cancelled, and is undone'
const keeps = 'S: cannot let the guest run again, keeps it and tells the operator'
const breaks = 'S: cannot let the guest run again, since its post-copy has broken'
const sure = 'S: gets no answer, or lost, but cannot have sent the word'
const unanswered = ['S: gets no answer, holds the zone and tells the operator', sure]

export const happenings: Readonly<Record<string, Happening>> = {
  'the next step': {
    does: (driver) => driver.goOn(),
    names: [
      'S: notes where the memory will go',
      'S: begins to send the memory',
      'S: hands over and sends the word',
      'S: has sent what was missing, or nobody needs it or has it any more',
      'S: lets the guest run again',
      'S: ends its machine, which has left or is old',
      'S: acknowledges the loss',
      doneFor,
    ],
    or: ({ sDoes, sMachine }) => [
      ...(sDoes === 'takes-back'
        ? [[tells, doneFor], 'S: is done, and goes on telling the target what it could not be told']
        : []),
      ...(sDoes === 'sends' && sMachine === 'gone' ? [undone] : []),
    ],
    anew: ({ sDoes, sMachine }) => (sDoes === 'takes-back' && sMachine === 'gone' ? [keeps] : []),
    only: (state) => !isStreaming(state),
  },
  'another look at the stream': {
    does: (driver) => driver.goOn(),
    names: [],
    or: () => [''],
    only: isStreaming,
  },
  'a failure of the transfer': {
    does: (driver) => driver.fails(),
    names: [undone],
    only: ({ sMachine }) => sMachine !== 'sent' && sMachine !== 'gone',
  },
  'a cancel': {
    does: (driver) => driver.cancel(),
    names: [undone],
    anew: (state) =>
      isStreaming(state) ? ['S: cannot send what is missing, keeps it and tells the operator'] : [],
    mayPass: (state) => isUnderWay(state) && state.sDoes !== 'prepares',
  },
  'the loss of the connection': {
    does: (driver) => driver.disconnect(),
    names: [undone, 'S: hears nothing, or a refusal, or the conversation ends'],
    or: ({ sDoes }) =>
      sDoes === 'takes-back'
        ? [doneFor, 'S: is done, and goes on telling the target what it could not be told']
        : [],
    mayPass: ({ sDoes }) => ['sends', 'takes-back'].includes(sDoes),
  },
  'the last of the memory': {
    does: (driver) => driver.arrives(false),
    names: ['QEMU: all of the memory has arrived, and the guest stands still at the source'],
  },
  'the last of the memory but a part': {
    does: (driver) => driver.arrives(true),
    names: ['QEMU: the guest stands still at the source, and a part of its memory is still there'],
  },
  'the part that was missing': {
    does: (driver) => driver.arrivesAfterwards(),
    names: ['QEMU: what was missing has arrived'],
  },
  'the word that it runs there': {
    does: (driver) => driver.goOn(),
    names: ['S: hears that the zone runs there'],
  },
  "the target's refusal": {
    does: (driver) => driver.goOn(new Error('no')),
    names: ['S: hears nothing, or a refusal, or the conversation ends'],
  },
  'the answer none': { does: (driver) => driver.goOn('none'), names: ['S: is told none'] },
  'the answer arrived': { does: (driver) => driver.goOn('arrived'), names: ['S: is told arrived'] },
  'the answer lost': { does: (driver) => driver.goOn('lost'), names: ['S: is told lost', sure] },
  'no answer': { does: (driver) => driver.getsNoAnswer(), names: unanswered },
  'no way to the target': { does: (driver) => driver.isUnreachable(), names: unanswered },
  'no answer yet': {
    does: (driver) => driver.asksAgain(),
    names: [],
    or: () => ['S: asks the target to give up'],
    // It asks once a second.
    only: ({ sDoes, sMachine, sInstalled, missing }) =>
      sDoes === 'asks' && sMachine === 'sent' && sInstalled && !missing,
  },
  "QEMU's refusal to let the guest go on": {
    does: (driver) => driver.refuses(),
    names: [keeps],
    or: () => [[tells, keeps]],
    only: ({ sMachine }) => sMachine === 'sent',
  },
  'a stream that breaks': {
    does: (driver) => driver.breaks(),
    names: [breaks],
    or: () => [[tells, breaks], 'S: cannot send what is missing, and asks once more'],
    anew: () => ['S: cannot send what is missing, keeps it and tells the operator'],
    only: ({ sDoes, missing }) => missing && (sDoes === 'takes-back' || sDoes === 'drains'),
  },
  'a stream that breaks, of which nobody needs the rest': {
    does: (driver) => driver.breaks(true),
    names: ['S: has sent what was missing, or nobody needs it or has it any more'],
    only: isStreaming,
  },
  'the start of zonesd': {
    does: (driver) => driver.start(),
    names: ['S: zonesd starts and reads its journal'],
  },
  'migrate --recover': {
    does: (driver) => driver.recover(),
    names: ['S: the operator types migrate --recover'],
  },
  'another try in the background': {
    does: (driver) => driver.triesAgain(),
    names: ['S: the operator types migrate --recover'],
  },
  'the death of zonesd': { does: (driver) => driver.die(), names: ['fault: zonesd of S is killed'] },
  'the death of QEMU': { does: (driver) => driver.killQemu(), names: ['fault: QEMU of S is killed'] },
  'the fall of the host': { does: (driver) => driver.goDown(), names: ['fault: host S goes down'] },
}
