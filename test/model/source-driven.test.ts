import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explore } from './explore.ts'
import { sourceTransitions } from './hand-over-source.ts'
import { always, initial, reachable, rules, type State } from './hand-over-state.ts'
import { targetTransitions } from './hand-over-target.ts'
import { worldTransitions } from './hand-over-world.ts'
import { sourceDriver } from './source-driver.ts'
import { type Course, type Happening, happenings } from './source-happenings.ts'
import type { Sent, SourceState } from './source-state.ts'

/** What the operator does afterwards is no part of the hand-over. */
const boots = 'S: the operator boots the zone'
const asks = 'S: asks the target to give up'
const transitions = [...sourceTransitions, ...targetTransitions, ...worldTransitions]
const byName = new Map(transitions.map((each) => [each.name, each]))

/** What follows at once where the code cannot be made to stand still: all of it may have happened, or none. */
const following = [
  'S: the transfer fails or is cancelled, and is undone',
  'S: tells the target that it is given up',
  'S: acknowledges the loss',
  'S: is done and removes its journal',
  'S: is done, and goes on telling the target what it could not be told',
].map((name) => byName.get(name) ?? assert.fail(name))
const passes = ({ sMachine, sDoes }: SourceState) =>
  sMachine === 'gone' && ['sends', 'takes-back'].includes(sDoes)
const mayPass = (state: State) =>
  passes(sourceOf(state)) || (state.sDoes === 'ends-old' && state.sMachine === 'gone')
/** After these it stands there all the same. */
const stops = ['the death of QEMU', 'a stream that breaks']

interface Outcome {
  readonly state: SourceState
  readonly sent: Sent
}

const sourceOf = ({ sUp, sMachine, sInstalled, sJournal, sWay, sDoes, missing }: State): SourceState => ({
  sUp,
  sMachine: sMachine === 'booted' ? assert.fail() : sMachine,
  sInstalled,
  sJournal,
  // Of a migration that is over nobody knows.
  sWay: sJournal && sWay,
  sDoes,
  missing: sMachine === 'sent' && missing,
})
const key = (state: SourceState) => Object.values(state).join()
const outcomeKey = ({ state, sent: { go, ask, lossKnown } }: Outcome) =>
  [key(state), go === true ? 'go' : '', ask === true ? 'ask' : '', lossKnown === true ? 'loss' : ''].join()

interface Step {
  readonly next: State
  readonly sent: Sent
  readonly course: readonly string[]
}

function take({ next, sent, course }: Step, { name, when, becomes }: (typeof transitions)[number]): Step[] {
  if (!when(next, rules)) return []
  const { go = false, ask = false, lossKnown = false, ...change } = becomes(next, rules)
  const told = {
    ...sent,
    ...(go ? { go } : {}),
    ...(ask ? { ask } : {}),
    ...(lossKnown ? { lossKnown } : {}),
  }
  return [{ next: { ...next, ...change }, sent: told, course: [...course, name] }]
}

const further = (step: Step): Step[] => [
  step,
  ...(mayPass(step.next) && step.course.length < 6
    ? following.flatMap((each) => take(step, each)).flatMap(further)
    : []),
]

/** What the model says that can come of it; `''`: nothing. */
function outcomesOf(states: readonly State[], courses: readonly Course[]) {
  const found = new Map<string, Outcome & { course: readonly string[] }>()
  for (const state of states) {
    for (const course of courses) {
      let steps: Step[] = [{ next: state, sent: {}, course: [] }]
      const names = (typeof course === 'string' ? [course] : course).filter((name) => name !== '')
      for (const name of names)
        steps = steps.flatMap((step) => take(step, byName.get(name) ?? assert.fail(name)))
      for (const { next, sent, course: taken } of names.length === 0 ? steps : steps.flatMap(further)) {
        // As soon as it has begun to ask it has asked.
        const isAsking = names.length > 0 && (next.sDoes === 'asks' || next.sDoes === 'sure')
        const isNew = isAsking && (state.sDoes !== next.sDoes || names.includes(asks))
        const outcome = { state: sourceOf(next), sent: isNew ? { ...sent, ask: true } : sent, course: taken }
        const id = outcomeKey(outcome)
        if (!found.has(id)) found.set(id, outcome)
      }
    }
  }
  return found
}

/** The states of the source, each with all of the model's states that it is in. */
function sourceNodes() {
  const ofHandOver = transitions.filter(({ name }) => name !== boots)
  const { states } = explore({ initial, transitions: ofHandOver, always, reachable }, rules)
  const nodes = new Map<string, { state: SourceState; states: State[] }>()
  for (const full of states) {
    const state = sourceOf(full)
    const node = nodes.get(key(state)) ?? { state, states: [] }
    nodes.set(key(state), node)
    node.states.push({ ...full, go: false, ask: false, lossKnown: false })
  }
  return nodes
}

const nodes = sourceNodes()
const applies = ({ only }: Happening, state: SourceState) => only?.(state) !== false
const isAnew = (state: SourceState, way: readonly string[]) =>
  ['takes-back', 'drains'].includes(state.sDoes) && way.includes('the start of zonesd')

/** The shortest way to each state, of what can happen; to some another one, by a zonesd that was started anew. */
function ways() {
  const found = new Map<string, { readonly id: string; readonly way: readonly string[] }>()
  const start = key(sourceOf(initial))
  found.set(start, { id: start, way: [] })
  for (const { id, way } of found.values()) {
    const { state, states } = nodes.get(id) ?? assert.fail(id)
    for (const [what, happening] of Object.entries(happenings)) {
      if (!applies(happening, state)) continue
      const { names, anew } = happening
      const courses = [...names, ...((isAnew(state, way) && anew?.(state)) || [])]
      for (const { state: next, course } of outcomesOf(states, courses).values()) {
        // Whether it stands there depends on where it comes from.
        if (course.length > 1 || (passes(next) && !stops.includes(what))) continue
        const further = [...way, what]
        const place = isAnew(next, further) ? `${key(next)} anew` : key(next)
        if (!found.has(place)) found.set(place, { id: key(next), way: further })
      }
    }
  }
  return [...found.values()]
}

const found = ways()
const seen = new Set<string>()

for (const { id, way } of found) {
  const { state, states } = nodes.get(id) ?? assert.fail(id)
  const words = Object.entries(state)
    .map((pair) => pair.join(' '))
    .join(', ')
  const after = isAnew(state, way)
  test(`The code of the source does what the model says: ${words}; ${way.join(' > ')}`, async (t) => {
    for (const [what, happening] of Object.entries(happenings)) {
      if (!applies(happening, state)) continue
      const { does, names, or, anew, mayPass: mayHaveNoEffect } = happening
      const others = [...(or?.(state) ?? []), ...((after && anew?.(state)) || [])]
      const said = outcomesOf(states, [...names, ...others, ...(mayHaveNoEffect?.(state) ? [''] : [])])
      if (said.size === 0) continue
      await t.test(`then ${what}`, async () => {
        await using driver = await sourceDriver()
        for (const step of way) await happenings[step]?.does(driver)
        assert.deepEqual(await driver.state(), state, way.join(' > '))
        assert.equal(driver.isFree(), state.sUp && state.sDoes === 'nothing', 'it can be booted when it may')
        driver.takeSent()
        await does(driver)
        const outcome = outcomeKey({ state: await driver.state(), sent: driver.takeSent() })
        const fits = said.get(outcome)
        for (const name of fits?.course ?? []) seen.add(name)
        assert.ok(
          fits !== undefined,
          `after ${way.join(' > ')}: ${outcome}, and not ${[...said.keys()].join(' or ')}`,
        )
      })
    }
  })
}

test('All that the model says of the source in the hand-over was seen of the code', () => {
  const missing = sourceTransitions
    .map(({ name }) => name)
    .filter((name) => name !== boots && !seen.has(name))
  assert.deepEqual(missing, [])
  const reached = new Set(found.map(({ id }) => id))
  assert.deepEqual(
    [...nodes.values()].map(({ state }) => state).filter((state) => !reached.has(key(state))),
    [],
    'every state of the source can be reached',
  )
})
