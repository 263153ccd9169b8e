import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CounterObserver } from '../guest/observe-counter.ts'
import type { Observer } from '../hosts/observer.ts'
import type { Pinger } from '../hosts/pinger.ts'
import { cleanEnvironment, runChecked, start } from '../hosts/run.ts'
import type { Heard } from './judge-network.ts'
import type { World } from './world.ts'

const pingIntervalMs = 50
/** A connection that says nothing for so long may have lost its guest, which nobody tells it. */
const silentMs = 3_000
const connectMs = 1_500
const pauseMs = 50

/** Listens to the guest from the network for the time of a case: its counter, its pings, and at which port of the switch it is. */
export class NetworkWatch implements AsyncDisposable {
  readonly #observer: Observer
  readonly #address: string
  readonly #pinger: Pinger
  readonly #monitor: ChildProcess
  readonly #monitorEnded: Promise<unknown>
  readonly #stop = new AbortController()
  readonly #listening: Promise<void>
  readonly #sightings: { mac: string; host: string }[] = []
  readonly #heard = { damaged: [] as string[], gaps: [] as string[], backwards: [] as string[] }
  #last: number | undefined
  #lowest: number | undefined
  #heardAtMs: number | undefined
  #longestSilenceMs = 0

  constructor({ lab, guestAddress }: World) {
    this.#observer = lab.observer
    this.#address = guestAddress
    this.#pinger = lab.observer.ping(guestAddress, { intervalMs: pingIntervalMs })
    const words = ['ip', 'netns', 'exec', `${lab.label}-switch`, 'bridge', 'monitor', 'fdb']
    this.#monitor = start(
      words,
      { ...cleanEnvironment(), KZ_LAB: lab.label },
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    this.#monitorEnded = once(this.#monitor, 'exit')
    if (this.#monitor.stdout === null) throw new Error('bridge has no output')
    createInterface(this.#monitor.stdout).on('line', (line) => {
      const [, mac, host] = /^([0-9a-f:]{17}) dev p-(\S+)/.exec(line) ?? []
      if (mac !== undefined && host !== undefined) this.#sightings.push({ mac, host })
    })
    this.#listening = this.#listen()
  }

  /** Waits until the guest is heard from now on. */
  async speaks(signal: AbortSignal): Promise<void> {
    const before = this.#heardAtMs
    while (this.#heardAtMs === before) await sleep(pauseMs, undefined, { signal })
  }

  /** Ends it, and tells what was heard. */
  async stop(): Promise<Heard> {
    const neighbour = await runChecked([...this.#observer.prefix, 'ip', 'neigh', 'show', this.#address])
    const mac = /lladdr (\S+)/.exec(neighbour)?.[1]
    this.#noteSilence()
    this.#stop.abort()
    await this.#listening
    const { lost, longestGapMs } = await this.#pinger.stop()
    const places = this.#sightings.filter((seen) => seen.mac === mac).map(({ host }) => host)
    return {
      ...this.#heard,
      lowest: this.#lowest,
      places: places.filter((host, index) => host !== places[index - 1]),
      longestSilenceMs: this.#longestSilenceMs,
      pings: { lost, longestGapMs },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#listening
    await this.#pinger[Symbol.asyncDispose]()
    this.#monitor.kill('SIGKILL')
    await this.#monitorEnded
  }

  /** Reads the counter over one connection after the other: many a fault breaks them, or leaves them without a guest. */
  async #listen(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const counter = this.#observer.observeCounter(this.#address)
      await this.#follow(counter).catch(() => undefined)
      const { damaged, gaps } = counter.stop()
      this.#heard.damaged.push(...damaged)
      this.#heard.gaps.push(...gaps.map(({ after, next }) => `${next} after ${after}`))
      await counter[Symbol.asyncDispose]()
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  /** @throws the reason why nothing more is heard */
  async #follow(counter: CounterObserver): Promise<never> {
    const advance = (ms: number) =>
      counter.advance(1, { signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ms)]) })
    await advance(connectMs)
    const { first = 0 } = counter.report()
    if (this.#last !== undefined && first <= this.#last)
      this.#heard.backwards.push(`${first} after ${this.#last}`)
    this.#lowest = Math.min(first, this.#lowest ?? first)
    for (;;) {
      this.#noteSilence()
      this.#heardAtMs = performance.now()
      this.#last = counter.report().last
      await advance(silentMs)
    }
  }

  /** Before the first number nothing was to be heard. */
  #noteSilence(): void {
    const silenceMs = performance.now() - (this.#heardAtMs ?? performance.now())
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, silenceMs)
  }
}
