import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerOperations } from '../../src/migration/peer-api.ts'
import { explore } from './explore.ts'
import { sourceTransitions } from './hand-over-source.ts'
import { always, initial, reachable, rules, type State } from './hand-over-state.ts'
import { targetTransitions } from './hand-over-target.ts'
import { worldTransitions } from './hand-over-world.ts'
import { type Outcome, type Stage, settleRule, type Word } from './settle-rule.ts'

const model = {
  initial,
  transitions: [...sourceTransitions, ...targetTransitions, ...worldTransitions],
  always,
  reachable,
}
/** With all of its memory at the target, or none: what settle() does about the rest is drainZone()'s. */
const states = explore(model, rules).states.filter(({ missing }) => !missing)

const stages: Readonly<Record<State['sMachine'], Stage>> = {
  sending: 'the guest runs',
  runs: 'the guest runs',
  sent: 'all was sent',
  gone: 'the machine is gone',
  // Such a zone has no journal.
  booted: 'the machine is gone',
}
const stageOf = ({ sMachine, sWay }: State): Stage =>
  sMachine === 'gone' && !sWay ? 'the machine is gone before anything was sent' : stages[sMachine]
const answers: Readonly<Record<Word, State['answer']>> = {
  none: 'none',
  arrived: 'arrived',
  lost: 'lost',
  'no answer': 'nothing',
  unreachable: 'nothing',
}

/** What begins only when somebody else wants it to, or if QEMU does not do as it is told. */
const isAsked = (name: string) =>
  /^S: (the operator|zonesd starts|asks the|cannot let the guest .* keeps it)/.test(name)
const own = sourceTransitions.filter(({ name }) => !isAsked(name))
const possible = (state: State) => own.filter(({ when }) => when(state, rules))

/** What can be done at once about an answer: what is possible without it is for when there is none. */
function reactions(state: State) {
  const without = possible({ ...state, answer: 'nothing' }).map(({ name }) => name)
  const byAnswer = possible(state).filter(({ name }) => !without.includes(name))
  return byAnswer.length > 0 ? byAnswer : possible(state)
}

/** How it ends by itself; `was`: where its machine stood. */
function ends(state: State, was: Stage): string[] {
  const next = reactions(state)
  // Whether the target hears of it or not, the old guest is ended as one that is lost.
  if (state.sDoes === 'ends-old' && state.sMachine === 'gone') return ['lost']
  if (next.length === 0) return [outcomeOf(state, was)]
  return next.flatMap(({ becomes }) => ends({ ...state, ...becomes(state, rules) }, was))
}

function outcomeOf({ sDoes, sInstalled, sMachine }: State, was: Stage): string {
  if (sDoes === 'held') return 'HAND_OVER_UNCERTAIN'
  if (!sInstalled) return 'there'
  return was.startsWith('the machine is gone') || sMachine === 'runs'
    ? 'here'
    : `installed, its machine ${sMachine}`
}

for (const [stage, byWord] of Object.entries(settleRule) as [Stage, (typeof settleRule)[Stage]][]) {
  for (const [word, outcome] of Object.entries(byWord) as [Word, Outcome][]) {
    test(`The model does what the code does when ${stage} and the target says ${word}: ${outcome}`, () => {
      const start = sourceTransitions.find(({ name }) => name.includes('zonesd starts'))
      const left = states.filter(
        (state) => !state.sUp && state.sJournal && !state.lossKnown && stageOf(state) === stage,
      )
      assert.ok(left.length > 0)
      const found = left
        .map((state): State => ({ ...state, ...start?.becomes(state, rules), answer: answers[word] }))
        // One that has written down already that the zone has left asks once more.
        .filter(({ sInstalled }) => sInstalled)
        .flatMap((state) => ends(state, stage))
      assert.deepEqual([...new Set(found)], [outcome])
    })
  }
}

/** What one host says to the other, and what the model calls it; false: it changes nothing about whose the zone is. */
const messages: Readonly<Record<keyof typeof peerOperations, readonly (keyof State)[] | false>> = {
  'peer/hello': false,
  'peer/ping': false,
  'peer/assess': false,
  'peer/survey': false,
  'peer/sees': false,
  'peer/try': false,
  'peer/try-end': false,
  'peer/reserve': false,
  'peer/file': false,
  'peer/prepare': false,
  'peer/alive': false,
  'peer/unread': false,
  'peer/go': ['go', 'goAnswer'],
  'peer/health': false,
  'peer/rejoin': ['missing'],
  'peer/settled': false,
  'peer/abort': ['ask', 'answer', 'lossKnown'],
}

test('Every message between the hosts has its place in the model, or changes nothing there', () => {
  assert.deepEqual(Object.keys(messages).toSorted(), Object.keys(peerOperations).toSorted())
  for (const named of Object.values(messages))
    for (const key of named === false ? [] : named) assert.ok(key in initial, key)
})
