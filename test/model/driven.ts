import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explore, type Model, type Transition } from './explore.ts'

/** A transition of the model, or some of them, one after the other. */
export type Course = string | readonly string[]

/** What can happen to a host, and what the model calls it. */
export interface Happening<S, D> {
  readonly does: (driver: D) => Promise<void> | void
  readonly names: readonly Course[]
  /** Where it may have no effect. */
  readonly mayPass?: (state: S) => boolean
  /** Where alone it is tried. */
  readonly only?: (state: S) => boolean
}

/** The code of one of the two hosts, which stands still at each state that the model has. */
export interface Driver<S> extends AsyncDisposable {
  readonly state: () => Promise<Partial<S>>
  /** What it has said to the other host since that was asked for last. */
  readonly takeSaid: () => Partial<S>
  /** Whether the zone's operator could boot it here now. */
  readonly isFree: () => boolean
}

export interface Side<S, R, D> {
  readonly name: string
  readonly model: Model<S, R>
  readonly rules: R
  /** What of the model is this host's. */
  readonly own: readonly (keyof S)[]
  /** What it says to the other host, as it is when nothing was said. */
  readonly silent: Partial<S>
  /** Its transitions, of which each has to be seen. */
  readonly steps: readonly Transition<S, R>[]
  readonly isFree: (state: S) => boolean
  readonly happenings: Readonly<Record<string, Happening<S, D>>>
  /** After these another piece of the code is in the same state. */
  readonly anew: readonly string[]
  readonly start: () => Promise<D>
}

interface Outcome<S> {
  readonly state: S
  readonly course: readonly string[]
}

interface Place<S> {
  /** All of the model's states that this host can be in there. */
  readonly states: readonly S[]
  readonly way: readonly string[]
}

/**
 * Tests that the code of a host does what the model says: in each of its states all that can happen is tried, and at the end each
 * state and each transition was seen.
 */
export function drive<S extends object, R, D extends Driver<S>>(side: Side<S, R, D>): void {
  const { name, own, silent, steps, happenings, start } = side
  const keyOf = (state: Partial<S>, keys: readonly (keyof S)[]) => keys.map((key) => state[key]).join()
  const ownKey = (state: Partial<S>) => keyOf(state, own)
  const outcomeKey = (state: Partial<S>) => keyOf(state, [...own, ...(Object.keys(silent) as (keyof S)[])])
  const nodes = Map.groupBy(
    explore(side.model, side.rules).states.map((state) => ({ ...state, ...silent })),
    ownKey,
  )
  const places = placesOf(side, nodes, ownKey)
  const seen = new Set<string>()

  for (const { states, way } of places) {
    const [state = assert.fail()] = states
    const words = own.map((key) => `${String(key)} ${String(state[key])}`).join(', ')
    test(`The code of the ${name} does what the model says: ${words}; ${way.join(' > ')}`, async (t) => {
      for (const [what, happening] of Object.entries(happenings)) {
        const said = new Map(
          outcomesOf(side, states, happening).map((each) => [outcomeKey(each.state), each]),
        )
        if (said.size === 0) continue
        await t.test(`then ${what}`, async () => {
          await using driver = await start()
          for (const step of way) await happenings[step]?.does(driver)
          assert.equal(ownKey(await driver.state()), ownKey(state), way.join(' > '))
          assert.equal(driver.isFree(), side.isFree(state), 'it can be booted when it may')
          driver.takeSaid()
          await happening.does(driver)
          const outcome = outcomeKey({ ...silent, ...(await driver.state()), ...driver.takeSaid() })
          const fits = said.get(outcome)
          for (const step of fits?.course ?? []) seen.add(step)
          assert.ok(fits !== undefined, `${outcome}, and not ${[...said.keys()].join(' or ')}`)
        })
      }
    })
  }

  test(`All that the model says of the ${name} was seen of the code`, () => {
    const missing = steps.map((step) => step.name).filter((step) => !seen.has(step))
    assert.deepEqual(missing, [])
    const reached = new Set(places.map(({ states: [state = assert.fail()] }) => ownKey(state)))
    assert.deepEqual(
      [...nodes.keys()].filter((key) => !reached.has(key)),
      [],
      'every state can be reached',
    )
  })
}

/** What the model says that can come of it. */
function outcomesOf<S, R, D>(
  { model, rules }: Side<S, R, D>,
  states: readonly S[],
  { names, mayPass, only }: Happening<S, D>,
): Outcome<S>[] {
  return states.flatMap((state) => {
    if (only?.(state) === false) return []
    const courses = names.map((course) => (typeof course === 'string' ? [course] : course))
    const possible = courses.flatMap((course): Outcome<S>[] => {
      let next = state
      for (const name of course) {
        const step = model.transitions.find((each) => each.name === name) ?? assert.fail(name)
        if (!step.when(next, rules)) return []
        next = { ...next, ...step.becomes(next, rules) }
      }
      return [{ state: next, course }]
    })
    return mayPass?.(state) === true ? [...possible, { state, course: [] }] : possible
  })
}

/** The shortest way to each state, of what can happen and has one outcome; to some another one, by another piece of the code. */
function placesOf<S extends object, R, D>(
  side: Side<S, R, D>,
  nodes: ReadonlyMap<string, readonly S[]>,
  keyOf: (state: S) => string,
): Place<S>[] {
  const found = new Map<string, Place<S>>()
  const add = (key: string, way: readonly string[]) => {
    const place = `${key} ${way.findLast((step) => side.anew.includes(step)) ?? ''}`
    if (!found.has(place)) found.set(place, { states: nodes.get(key) ?? assert.fail(key), way })
  }
  add(keyOf(side.model.initial), [])
  for (const { states, way } of found.values()) {
    for (const [what, happening] of Object.entries(side.happenings)) {
      const outcomes = outcomesOf(side, states, happening)
      const [key, ...others] = new Set(outcomes.map(({ state }) => keyOf(state)))
      const mayPass = outcomes.some(({ course }) => course.length === 0)
      if (key !== undefined && others.length === 0 && !mayPass) add(key, [...way, what])
    }
  }
  return [...found.values()]
}
