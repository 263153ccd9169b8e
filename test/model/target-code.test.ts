import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explore } from './explore.ts'
import { sourceTransitions } from './hand-over-source.ts'
import { always, initial, reachable, rules, type State } from './hand-over-state.ts'
import { targetTransitions } from './hand-over-target.ts'
import { worldTransitions } from './hand-over-world.ts'
import { type Reply, type TargetDriver, type TargetState, targetDriver } from './target-driver.ts'

/** What can happen to a target, and what the model calls it. */
interface Happening {
  readonly does: (driver: TargetDriver) => Promise<Reply | void> | void
  readonly names: readonly string[]
  /** It may come at any time; where the model says nothing of it nothing changes, and who asks has to wait. */
  readonly mayWait?: true
}

const happenings: Readonly<Record<string, Happening>> = {
  'the word to go': {
    does: (driver) => driver.go(),
    names: ['is told to go, and decides to', 'is told to go, and cannot', 'is told to go, but has given up'],
  },
  'the next step': {
    does: (driver) => driver.step(),
    names: [
      'finds QEMU gone before it marks',
      'marks that the guest may run',
      'continues the guest, or QEMU is gone and nobody knows',
      'writes down that the zone is its own',
      'notes the arrival for whoever asks',
    ],
  },
  "QEMU's refusal": {
    does: (driver) => driver.step(new Error('no')),
    names: ['QEMU refuses to continue the guest'],
  },
  'the question': {
    does: (driver) => driver.ask(),
    names: [
      'is asked to give up',
      'is asked to give up, and has written down already that the zone is its own',
    ],
    mayWait: true,
  },
  'the question, by a source that knows of the loss': {
    does: (driver) => driver.ask(true).then(() => undefined),
    names: ['hears that the source knows of the loss'],
  },
  'the end of the conversation': {
    does: (driver) => driver.hangUp(),
    names: ['the conversation ends or the lease is over'],
    mayWait: true,
  },
  'the start of zonesd': {
    does: (driver) => driver.start(),
    names: ['zonesd starts and looks at what is left'],
  },
  'the last of the memory': {
    does: (driver) => driver.load(),
    names: ['QEMU: all of the memory has arrived, and the guest stands still at the source'],
  },
  'the death of zonesd': { does: (driver) => driver.die(), names: ['fault: zonesd of T is killed'] },
  'the death of QEMU': { does: (driver) => driver.killQemu(), names: ['fault: QEMU of T is killed'] },
  'the fall of the host': { does: (driver) => driver.goDown(), names: ['fault: host T goes down'] },
}
const anew = 'the start of zonesd'
const fullName = (name: string) => (/^(QEMU|fault):/.test(name) ? name : `T: ${name}`)
const happeningOf = new Map(
  Object.entries(happenings).flatMap(([what, { names }]) => names.map((name) => [fullName(name), what])),
)
/** What the operator does afterwards is no part of the hand-over. */
const isOperators = (name: string) =>
  name.startsWith('T: the operator') || name.startsWith('T: the zone moves on')
/** Where the code cannot be made to stand still. */
const isPassing = ({ tDoes }: Pick<State, 'tDoes'>) => tDoes === 'noted'

interface Outcome {
  readonly state: TargetState
  readonly reply: Reply
}

const targetOf = ({ tUp, tMachine, tJournal, tMark, tZone, tLedger, tDoes }: State): TargetState => ({
  tUp,
  tMachine,
  tJournal,
  tMark,
  tZone,
  tLedger,
  tDoes,
})
const key = (state: TargetState) => Object.values(state).join()
const outcomeKey = ({ state, reply: { answer, goAnswer } }: Outcome) => [key(state), answer, goAnswer].join()

const transitions = [...sourceTransitions, ...targetTransitions, ...worldTransitions]
const hasOperator = ({ tMachine, tZone }: State) => tMachine === 'booted' || tZone === 'elsewhere'

/** What the model says of the target alone: for each of its states and all that can happen, what can come of it. */
function targetModel() {
  const ofHandOver = transitions.filter(({ name }) => !isOperators(name))
  const { states } = explore({ initial, transitions: ofHandOver, always, reachable }, rules)
  const edges = new Map<string, { state: TargetState; outcomes: Map<string, Map<string, Outcome>> }>()
  for (const state of states) {
    if (isPassing(state) || hasOperator(state)) continue
    const target = targetOf(state)
    const node = edges.get(key(target)) ?? { state: target, outcomes: new Map() }
    edges.set(key(target), node)
    for (const { name, when, becomes } of ofHandOver) {
      if (!happeningOf.has(name) || !when(state, rules)) continue
      const change = becomes(state, rules)
      let next: State = { ...state, ...change }
      let { answer, goAnswer } = change
      while (isPassing(next)) {
        const passed = targetTransitions.find((each) => each.name === 'T: removes its journal and answers')
        const further: Partial<State> = passed?.becomes(next, rules) ?? {}
        next = { ...next, ...further }
        goAnswer = further.goAnswer
      }
      const outcome = { state: targetOf(next), reply: { answer, goAnswer } as Reply }
      const byName = node.outcomes.get(name) ?? new Map<string, Outcome>()
      node.outcomes.set(name, byName.set(outcomeKey(outcome), outcome))
    }
  }
  return edges
}

/**
 * The shortest way to each state, of what can happen. What is under way in a zonesd is nothing that the next one knows of, so that
 * there is another way to such a state, by a zonesd that was started anew.
 */
function ways(edges: ReturnType<typeof targetModel>) {
  const found = new Map<string, { readonly id: string; readonly way: readonly string[] }>()
  const start = key(targetOf(initial))
  found.set(start, { id: start, way: [] })
  for (const { id, way } of found.values()) {
    for (const [name, outcomes] of edges.get(id)?.outcomes ?? []) {
      const what = happeningOf.get(name) ?? ''
      for (const { state } of outcomes.values()) {
        // Where the code alone decides which of several it is, no other can be asked for.
        if (state.tDoes === 'marked' && state.tMachine === 'none' && what === 'the next step') continue
        const isAnew = ['ran', 'recorded'].includes(state.tDoes) && [...way, what].includes(anew)
        const place = isAnew ? `${key(state)} anew` : key(state)
        if (!found.has(place)) found.set(place, { id: key(state), way: [...way, what] })
      }
    }
  }
  return [...found.values()]
}

const edges = targetModel()
const found = ways(edges)
const seen = new Set<string>()

for (const { id, way } of found) {
  const { state, outcomes } = edges.get(id) ?? assert.fail(id)
  const words = `${Object.entries(state)
    .map((pair) => pair.join(' '))
    .join(', ')}${way.includes(anew) ? ', started anew' : ''}`
  test(`The code of the target does what the model says: ${words}`, async (t) => {
    for (const [what, { does, names, mayWait }] of Object.entries(happenings)) {
      const said = names
        .map(fullName)
        .flatMap((name) => [...(outcomes.get(name) ?? [])].map(([, outcome]) => ({ name, outcome })))
      const isBusy = ['goes', 'marked', 'ran', 'recorded'].includes(state.tDoes)
      if (mayWait !== undefined && state.tUp && (said.length === 0 || isBusy)) {
        said.push({ name: '', outcome: { state, reply: {} } })
      }
      if (said.length === 0) continue
      await t.test(`then ${what}`, async () => {
        await using driver = await targetDriver()
        for (const step of way) await happenings[step]?.does(driver)
        assert.deepEqual(await driver.state(), state, way.join(' > '))
        const isHeard = driver.isTelling() || what === 'the word to go'
        const reply = (await does(driver)) ?? {}
        const outcome = outcomeKey({ state: await driver.state(), reply })
        const fits = said.filter(
          ({
            outcome: {
              state: next,
              reply: { answer, goAnswer },
            },
          }) => {
            // A zonesd that was started anew has nobody to tell that it went.
            const heard = isHeard ? { answer, goAnswer } : { answer }
            return outcomeKey({ state: next, reply: heard as Reply }) === outcome
          },
        )
        for (const { name } of fits) seen.add(name)
        const expected = said.map((each) => outcomeKey(each.outcome)).join(' or ')
        assert.ok(fits.length > 0, `after ${way.join(' > ')}: ${outcome}, and not ${expected}`)
      })
    }
  })
}

test('All that the model says of the target in the hand-over was seen of the code', () => {
  const missing = targetTransitions
    .map(({ name }) => name)
    .filter((name) => !isOperators(name) && name !== 'T: removes its journal and answers' && !seen.has(name))
  assert.deepEqual(missing, [])
  const reached = new Set(found.map(({ id }) => id))
  assert.deepEqual(
    // After a crash between the two, at which nothing can be made to stand.
    [...edges.values()].filter(({ state }) => !reached.has(key(state)) && !(state.tLedger && state.tJournal)),
    [],
    'every other state of the target can be reached',
  )
})
