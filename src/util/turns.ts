/** Lets those who want something come one after the other, in the order in which they asked. */
export class Turns<K extends object> {
  readonly #last = new WeakMap<K, Promise<unknown>>()

  /** Does the work once all who asked for the same before have ended, well or not. */
  take<T>(key: K, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work, work)
    this.#last.set(key, turn)
    return turn
  }
}
