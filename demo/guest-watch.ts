import { setTimeout as sleep } from 'node:timers/promises'
import { type DiskReport, readCounterDisk } from '../test/guest/counter-disk.ts'
import type { CounterObserver, CounterReport } from '../test/guest/observe-counter.ts'
import type { Observer } from '../test/hosts/observer.ts'
import type { Pinger, PingReport } from '../test/hosts/pinger.ts'

const pingIntervalMs = 20
const answerTimeoutMs = 60_000
const connectTimeoutMs = 2_000

export interface WatchReport {
  readonly pings: PingReport
  readonly counter: CounterReport
}

/** Pings a guest and reads its counter over one TCP connection, from its first answer on. */
export class GuestWatch implements AsyncDisposable {
  readonly #pinger: Pinger
  readonly #counter: CounterObserver

  private constructor(pinger: Pinger, counter: CounterObserver) {
    this.#pinger = pinger
    this.#counter = counter
  }

  static async start(observer: Observer, address: string, signal: AbortSignal): Promise<GuestWatch> {
    await using undo = new AsyncDisposableStack()
    const counter = undo.use(await connectCounter(observer, address, signal))
    const pinger = undo.use(observer.ping(address, { intervalMs: pingIntervalMs }))
    await pinger.answered({ signal: within(answerTimeoutMs, signal) })
    undo.move()
    return new GuestWatch(pinger, counter)
  }

  /** Waits until the guest has counted on. */
  async advance(more: number, signal: AbortSignal): Promise<void> {
    await this.#counter.advance(more, { signal: within(answerTimeoutMs, signal) })
  }

  async stop(): Promise<WatchReport> {
    return { counter: this.#counter.stop(), pings: await this.#pinger.stop() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#counter[Symbol.asyncDispose]()
    await this.#pinger[Symbol.asyncDispose]()
  }
}

/** Waits until a guest answers pings. */
export async function guestAnswers(observer: Observer, address: string, signal: AbortSignal): Promise<void> {
  await using pinger = observer.ping(address, { intervalMs: pingIntervalMs })
  await pinger.answered({ signal: within(answerTimeoutMs, signal) })
}

/** Waits until a guest has written a number to its disk that is higher than `number`. */
export async function diskAdvances(image: string, number: number, signal: AbortSignal): Promise<DiskReport> {
  const either = within(answerTimeoutMs, signal)
  for (;;) {
    const report = await readCounterDisk(image)
    if (report.newest !== undefined && report.newest.number > number) return report
    await sleep(100, undefined, { signal: either })
  }
}

/** A guest that answers pings may not listen yet. */
async function connectCounter(
  observer: Observer,
  address: string,
  signal: AbortSignal,
): Promise<CounterObserver> {
  const either = within(answerTimeoutMs, signal)
  for (;;) {
    const counter = observer.observeCounter(address)
    try {
      await counter.advance(1, { signal: within(connectTimeoutMs, either) })
      return counter
    } catch {
      await counter[Symbol.asyncDispose]()
      await sleep(50, undefined, { signal: either })
    }
  }
}

function within(timeoutMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
}
