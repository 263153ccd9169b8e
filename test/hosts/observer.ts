import { CounterObserver } from '../guest/observe-counter.ts'
import { Pinger } from './pinger.ts'
import { start } from './run.ts'

/** A machine on the lab's network that is no host: it watches from outside. */
export class Observer {
  readonly address: string
  readonly prefix: readonly string[]
  readonly #env: Readonly<Record<string, string>>

  constructor(address: string, prefix: readonly string[], env: Readonly<Record<string, string>>) {
    this.address = address
    this.prefix = prefix
    this.#env = env
  }

  /** Starts to ping an address. */
  ping(address: string, { intervalMs = 20 }: { intervalMs?: number } = {}): Pinger {
    return new Pinger(address, intervalMs, this.prefix, this.#env)
  }

  /** Connects to a guest's counter and watches it. */
  observeCounter(address: string, port = 7777): CounterObserver {
    // A Node process cannot enter a namespace for one socket, so a small program makes the connection.
    const client = start([...this.prefix, 'busybox', 'nc', address, `${port}`], this.#env, {
      // Its input stays open: at the end of it nc would hang up.
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    if (client.stdout === null) throw new Error('busybox nc has no output')
    client.stdout.once('close', () => client.kill())
    client.stdin?.on('error', () => undefined)
    return new CounterObserver(client.stdout)
  }
}
