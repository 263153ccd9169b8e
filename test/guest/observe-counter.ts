import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { checksum } from './checksum.ts'

export interface CounterReport {
  /** Undefined if no number was read. */
  readonly first: number | undefined
  readonly last: number | undefined
  /** How many numbers were read. */
  readonly count: number
  /** Each place where a number was not its predecessor plus one. */
  readonly gaps: readonly { readonly after: number; readonly next: number }[]
  /** Lines that are no number with its checksum. */
  readonly damaged: readonly string[]
  readonly longestSilenceMs: number
  /** True if the connection ended before the observer ended it. */
  readonly isDisconnected: boolean
}

/**
 * Watches the guest's counter on a connection to its port 7777 and notes whatever is not an unbroken sequence.
 * Disposing it closes the connection.
 */
export class CounterObserver implements AsyncDisposable {
  readonly #stream: Readable
  readonly #closed = new AbortController()
  #rest = ''
  #first: number | undefined
  #last: number | undefined
  #count = 0
  #gaps: { after: number; next: number }[] = []
  #damaged: string[] = []
  #heardAt = performance.now()
  #longestSilenceMs = 0
  #isDisconnected = false
  #isStopped = false

  /** @param stream what the guest sends: a socket, or the standard output of a program that is connected */
  constructor(stream: Readable) {
    this.#stream = stream
    stream.setEncoding('latin1')
    stream.on('data', (text: string) => this.#read(text))
    // An error is a disconnection, and 'close' follows.
    stream.on('error', () => undefined)
    stream.on('close', () => {
      this.#isDisconnected = !this.#isStopped
      this.#closed.abort(new Error(`The counter's connection ended at ${this.#last}`))
    })
  }

  /** What has been seen so far. */
  report(): CounterReport {
    return {
      first: this.#first,
      last: this.#last,
      count: this.#count,
      gaps: [...this.#gaps],
      damaged: [...this.#damaged],
      longestSilenceMs: Math.max(this.#longestSilenceMs, this.#silenceMs()),
      isDisconnected: this.#isDisconnected,
    }
  }

  /**
   * Waits until `more` further numbers were read.
   * @throws Error if the connection ends first; the signal's reason if it is aborted first
   */
  async advance(more: number, { signal }: { signal: AbortSignal }): Promise<void> {
    const goal = this.#count + more
    const either = AbortSignal.any([signal, this.#closed.signal])
    while (this.#count < goal) {
      await once(this.#stream, 'data', { signal: either }).catch(() => either.throwIfAborted())
    }
  }

  /** Closes the connection and returns the final report. */
  stop(): CounterReport {
    const report = this.report()
    this.#isStopped = true
    this.#stream.destroy()
    return report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    if (!this.#closed.signal.aborted) await once(this.#stream, 'close')
  }

  #silenceMs(): number {
    // Waiting for the first number is connecting, not silence.
    return this.#count === 0 ? 0 : performance.now() - this.#heardAt
  }

  #read(text: string): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, this.#silenceMs())
    this.#heardAt = performance.now()
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#check(line)
  }

  #check(line: string): void {
    const [, digits, sum] = /^(\d+) (\d+)$/.exec(line) ?? []
    const number = Number(digits)
    if (digits === undefined || Number(sum) !== checksum(number)) {
      this.#damaged.push(line)
      return
    }
    if (this.#last !== undefined && number !== this.#last + 1) {
      this.#gaps.push({ after: this.#last, next: number })
    }
    this.#first ??= number
    this.#last = number
    this.#count += 1
  }
}
