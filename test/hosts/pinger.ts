import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface PingReport {
  readonly sent: number
  readonly received: number
  /** Sent and not answered. One that was on its way when the pinger stopped does not count. */
  readonly lost: number
  /** The longest time between two answers, in milliseconds; it cannot be shorter than the interval. */
  readonly longestGapMs: number
}

/** Pings an address until it is stopped. */
export class Pinger implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #output = ''

  /** @param prefix put before the command, to run it in a namespace */
  constructor(
    address: string,
    intervalMs: number,
    prefix: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    const ping = ['ping', '-n', '-D', '-i', `${intervalMs / 1000}`, address]
    const [program = 'ping', ...args] = [...prefix, ...ping]
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#exited = once(this.#child, 'close')
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString()
    })
    this.#child.stderr?.resume()
  }

  /** Waits for the next answer. */
  async answered({ signal }: { signal: AbortSignal }): Promise<void> {
    const before = this.#output.length
    while (!this.#output.slice(before).includes('icmp_seq=')) {
      if (this.#child.stdout === null) throw new Error('ping has no output')
      await once(this.#child.stdout, 'data', { signal })
    }
  }

  /** Stops and reports. */
  async stop(): Promise<PingReport> {
    this.#child.kill('SIGINT')
    await this.#exited
    return readPing(this.#output)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** Reads what `ping -D` of iputils prints: a line for each answer and a summary at the end. */
export function readPing(output: string): PingReport {
  const answers = [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .*icmp_seq=(\d+) .*time=/gm)]
  const timesMs = answers.map(([, seconds]) => Number(seconds) * 1000)
  const numbers = new Set(answers.map(([, , number]) => Number(number)))
  const transmitted = Number(/^(\d+) packets transmitted/m.exec(output)?.[1] ?? 0)
  // The last one may have had no time to come back.
  const sent = numbers.has(transmitted) ? transmitted : Math.max(0, transmitted - 1)
  const gapsMs = timesMs.map((timeMs, index) => timeMs - (timesMs[index - 1] ?? timeMs))
  return {
    sent,
    received: numbers.size,
    lost: sent - numbers.size,
    longestGapMs: gapsMs.reduce((longest, gap) => Math.max(longest, gap), 0),
  }
}
