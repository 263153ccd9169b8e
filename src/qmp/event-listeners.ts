import type { QmpEvents } from './commands.gen.ts'
import type { QmpRawEvent } from './message.ts'

/**
 * An event of QEMU. Its data is typed from QEMU's schema but not checked: take an event as a hint, and decide on the
 * reply to a query.
 */
export interface QmpEvent<E extends keyof QmpEvents> {
  readonly name: E
  readonly data: QmpEvents[E]
  /** Milliseconds since 1970 by the clock of QEMU's host. */
  readonly timestampMs: number
}

export interface EventListeners {
  add<E extends keyof QmpEvents>(name: E, listener: (event: QmpEvent<E>) => void): Disposable
  dispatch(raw: QmpRawEvent): void
}

/** The listeners of one connection. An error that one throws goes to `onListenerError` and stops no other. */
export function eventListeners(onListenerError: (error: unknown) => void): EventListeners {
  const listeners = new Map<string, Set<(event: QmpEvent<never>) => void>>()

  return {
    add(name, listener) {
      const named = listeners.get(name) ?? new Set()
      listeners.set(name, named)
      // Its own function object: the same listener added twice is called twice.
      const entry = (event: QmpEvent<never>) => listener(event)
      named.add(entry)
      return { [Symbol.dispose]: () => void named.delete(entry) }
    },

    dispatch({ event: name, data, timestamp }) {
      const named = listeners.get(name)
      if (named === undefined) return
      const timestampMs = timestamp.seconds * 1000 + timestamp.microseconds / 1000
      // The edge where the name, known only now, picks the type.
      const event = { name, data, timestampMs } as QmpEvent<never>
      // A copy: a listener that is added by another one has not asked for this event.
      for (const listener of Array.from(named)) {
        if (!named.has(listener)) continue
        try {
          listener(event)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
  }
}
