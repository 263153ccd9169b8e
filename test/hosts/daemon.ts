import type { ChildProcess } from 'node:child_process'
import { start } from './run.ts'

const readyTimeoutMs = 10_000

/** A server in the foreground that ends with the lab. What it says is kept, for the message when it fails. */
export class Daemon implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #ended: Promise<void>
  #log = ''

  constructor(argv: readonly string[], env: Readonly<Record<string, string>>) {
    this.#name = argv.join(' ')
    this.#child = start(argv, env, { stdio: ['ignore', 'pipe', 'pipe'] })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    this.#child.once('exit', () => resolve())
    this.#child.once('error', (error) => {
      this.#log += error.message
      resolve()
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-16_384)
      })
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get log(): string {
    return this.#log
  }

  /**
   * Asks again and again until the server is ready.
   * @throws Error with what the server said, if it ends or is not ready in time
   */
  async ready(isReady: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs
    while (!(await isReady())) {
      if (this.#child.exitCode !== null || this.#child.pid === undefined || performance.now() > deadline) {
        throw new Error(`"${this.#name}" is not ready: ${this.#log.trim()}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Ends it at once, as a crash would. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
