import { mock } from 'node:test'

// What a dead zonesd waits for never comes, and keeps no process alive.
const timers = new Set<NodeJS.Timeout>()
for (const name of ['setTimeout', 'setInterval'] as const) {
  const begin = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout
  mock.method(globalThis, name, (...args: unknown[]) => {
    const timer = begin(...args).unref()
    timers.add(timer)
    return timer
  })
}

/** Somewhere in the code where a test lets it stand until it is let go. */
interface Gate<At> {
  readonly at: At
  /** More than one of them can be in one state of a model. */
  readonly kind: string
  readonly open: (outcome: unknown) => void
}

/** Where the code of a zonesd stands still, and which zonesd that is. */
export class Gates<At extends string> {
  /** Those before it are dead: whatever they were at goes on with nothing. */
  generation = 0
  #gate: Gate<At> | undefined

  /** What of the model it is at; undefined: it does not stand. */
  get at(): At | undefined {
    return this.#gate?.at
  }

  get kind(): string | undefined {
    return this.#gate?.kind
  }

  /**
   * Stands here until it is let go; for ever, if it is dead.
   *
   * @param by the zonesd whose code it is
   * @returns what it is let go on with
   */
  standAt<T>(at: At, kind: string, by: number): Promise<T | undefined> {
    if (by !== this.generation) return new Promise(() => undefined)
    return new Promise((resolve) => {
      this.#gate = { at, kind, open: (outcome) => resolve(outcome as T | undefined) }
    })
  }

  /** Lets it go on, with this. */
  open(outcome: unknown): void {
    this.leave()?.open(outcome)
  }

  /** It goes on by itself. */
  leave(): Gate<At> | undefined {
    const left = this.#gate
    this.#gate = undefined
    return left
  }

  die(): void {
    this.generation += 1
    this.#gate = undefined
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }
}
