import { createInterface, type Interface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ZonecfgIo } from './zonecfg-io.ts'

type Completer = (line: string) => [string[], string]

/** Reads lines from a person: prompts, history, completion; Ctrl-C drops the line that is being typed. */
export class LineReader {
  readonly #io: ZonecfgIo
  readonly #completer: Completer
  /** What came before somebody asked for it; undefined is the end of the input. */
  readonly #lines: (string | undefined)[] = []
  #history: string[] = []
  #interface: Interface | undefined
  #waiting: ((line: string | undefined) => void) | undefined

  constructor(io: ZonecfgIo, completer: Completer) {
    this.#io = io
    this.#completer = completer
  }

  /** The next line, or undefined at the end of the input (Ctrl-D); after that it can be asked again. */
  async read(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted()
    // Unlike a terminal, which can go on after Ctrl-D, a pipe that has ended says nothing more.
    if (this.#lines.length > 0 || hasEnded(this.#io.stdin)) {
      this.#io.stdout.write(prompt)
      return this.#lines.shift()
    }
    const reader = (this.#interface ??= this.#open())
    reader.setPrompt(prompt)
    reader.prompt()
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    this.#waiting = resolve
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', abort)
      this.#waiting = undefined
    }
  }

  close(): void {
    this.#interface?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #deliver(line: string | undefined): void {
    if (this.#waiting === undefined) {
      this.#lines.push(line)
    } else {
      this.#waiting(line)
      this.#waiting = undefined
    }
  }

  #open(): Interface {
    const { stdin, stdout } = this.#io
    const terminal = 'isTTY' in stdout && stdout.isTTY === true
    const reader = createInterface({
      input: stdin,
      output: stdout,
      terminal,
      completer: this.#completer,
      history: this.#history,
      removeHistoryDuplicates: true,
    })
    reader.on('history', (history) => {
      this.#history = history
    })
    reader.on('line', (line) => this.#deliver(line))
    reader.on('close', () => {
      this.#interface = undefined
      this.#deliver(undefined)
    })
    reader.on('SIGINT', () => {
      // The line stays to be read, with ^C behind it; the next one is empty.
      reader.write(null, { ctrl: true, name: 'e' })
      stdout.write('^C\n')
      reader.write(null, { ctrl: true, name: 'u' })
      reader.prompt()
    })
    return reader
  }
}

function hasEnded(stream: NodeJS.ReadableStream): boolean {
  return stream instanceof Readable && (stream.readableEnded || stream.destroyed)
}
