/** One thing that can happen, with all that it changes at once. */
export interface Transition<S, R> {
  readonly name: string
  /** Where the code does this: `file#word`; absent for what only the world does, and where a test drives the code itself. */
  readonly mirrors?: string
  /** Something that may happen but need not: a crash, a kill. Nobody may rely on it. */
  readonly fault?: true
  readonly when: (state: S, rules: R) => boolean
  readonly becomes: (state: S, rules: R) => Partial<S>
}

export interface Finding<S> {
  readonly what: string
  readonly state: S
  /** The shortest way there. */
  readonly steps: readonly string[]
}

export interface Exploration<S> {
  readonly states: readonly S[]
  readonly findings: readonly Finding<S>[]
  /** Names of the transitions that were possible somewhere. */
  readonly taken: ReadonlySet<string>
}

export interface Model<S, R> {
  readonly initial: S
  readonly transitions: readonly Transition<S, R>[]
  /** What must hold in every state, by name. */
  readonly always: Readonly<Record<string, (state: S) => boolean>>
  /** What must be reachable from every state without a further fault, by name. */
  readonly reachable: Readonly<Record<string, (state: S) => boolean>>
}

interface Node<S> {
  readonly state: S
  readonly from: string | undefined
  readonly via: string
  /** Where it can be reached from without a fault. */
  readonly before: string[]
}

/** Visits every state, in all orders of all events, and tells for each broken promise the shortest way to it. */
export function explore<S extends object, R>(model: Model<S, R>, rules: R): Exploration<S> {
  const key = (state: S) => Object.values(state).join()
  const start = key(model.initial)
  const nodes = new Map<string, Node<S>>([
    [start, { state: model.initial, from: undefined, via: '', before: [] }],
  ])
  const taken = new Set<string>()
  // A Map is walked in the order of insertion, also of what is added meanwhile: breadth first.
  for (const [id, { state }] of nodes) {
    for (const { name, fault, when, becomes } of model.transitions) {
      if (!when(state, rules)) continue
      taken.add(name)
      const next = { ...state, ...becomes(state, rules) }
      const nextId = key(next)
      if (!nodes.has(nextId)) nodes.set(nextId, { state: next, from: id, via: name, before: [] })
      if (fault === undefined) nodes.get(nextId)?.before.push(id)
    }
  }
  const findings = [...brokenAlways(nodes, model), ...unreachable(nodes, model)]
  return { states: [...nodes.values()].map(({ state }) => state), findings, taken }
}

function stepsTo<S>(nodes: ReadonlyMap<string, Node<S>>, id: string): string[] {
  const steps: string[] = []
  for (let node = nodes.get(id); node?.from !== undefined; node = nodes.get(node.from))
    steps.unshift(node.via)
  return steps
}

function brokenAlways<S, R>(nodes: ReadonlyMap<string, Node<S>>, { always }: Model<S, R>): Finding<S>[] {
  return Object.entries(always).flatMap(([what, holds]) => {
    const broken = [...nodes].find(([, { state }]) => !holds(state))
    return broken === undefined ? [] : [{ what, state: broken[1].state, steps: stepsTo(nodes, broken[0]) }]
  })
}

function unreachable<S, R>(nodes: ReadonlyMap<string, Node<S>>, { reachable }: Model<S, R>): Finding<S>[] {
  return Object.entries(reachable).flatMap(([what, isThere]) => {
    const reaching = new Set([...nodes].filter(([, { state }]) => isThere(state)).map(([id]) => id))
    for (const id of reaching) for (const before of nodes.get(id)?.before ?? []) reaching.add(before)
    const stuck = [...nodes].find(([id]) => !reaching.has(id))
    return stuck === undefined ? [] : [{ what, state: stuck[1].state, steps: stepsTo(nodes, stuck[0]) }]
  })
}
