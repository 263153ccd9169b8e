import { ZoneError } from '../errors.ts'
import { connectPeer, type Environment, type Peer } from './peer.ts'

/** How long an unused conversation is kept: an operator's next command, or the next zone of an evacuation. */
const idleMs = 60_000
/** A conversation that was idle may be dead without anybody knowing yet. */
const pingTimeoutMs = 3_000

interface Entry {
  readonly peer: Peer
  users: number
  timer: NodeJS.Timeout | undefined
}

/**
 * The conversations with other hosts. Setting up ssh takes longer than all the rest of a small migration, so one that is
 * not in use any more is kept for a minute. Whoever asks with another environment, as another user does, gets another one.
 */
export class PeerPool implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>()

  /** A conversation with the target; dispose it to give it back. Whether a new one works shows with its first call. */
  async acquire(target: string, environment: Environment): Promise<Peer> {
    const names = Object.keys(environment).toSorted()
    const key = JSON.stringify([target, ...names.map((name) => [name, environment[name]])])
    const kept = this.#entries.get(key)
    if (kept !== undefined) {
      const lease = this.#lease(key, kept)
      if (kept.users > 1 || (await isAnswering(kept.peer))) return lease
      await this.#close(key, kept)
    }
    const entry: Entry = { peer: connectPeer(target, environment), users: 0, timer: undefined }
    this.#entries.set(key, entry)
    void entry.peer.closed.then(() => this.#close(key, entry))
    return this.#lease(key, entry)
  }

  #lease(key: string, entry: Entry): Peer {
    clearTimeout(entry.timer)
    entry.users += 1
    let isReturned = false
    return {
      ...entry.peer,
      [Symbol.asyncDispose]: async () => {
        if (isReturned) return
        isReturned = true
        entry.users -= 1
        if (entry.users > 0) return
        entry.timer = setTimeout(() => void this.#close(key, entry), idleMs)
        entry.timer.unref()
      },
    }
  }

  async #close(key: string, entry: Entry): Promise<void> {
    clearTimeout(entry.timer)
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
    await entry.peer[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries].map(([key, entry]) => this.#close(key, entry)))
  }
}

/** Whether the other host is there, in so many milliseconds. */
export async function isAnswering(peer: Peer, timeoutMs = pingTimeoutMs): Promise<boolean> {
  try {
    await peer.call('peer/ping', {}, { timeoutMs })
    return true
  } catch (error) {
    if (error instanceof ZoneError) return false
    throw error
  }
}
