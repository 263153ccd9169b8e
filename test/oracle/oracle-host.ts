import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { NamespaceHost } from '../hosts/namespace-host.ts'
import type { HostOperations } from './host-worker.ts'

/** Between the oracle and one of its hosts. */
export interface Question {
  readonly id: number
  readonly operation: string
  readonly params: unknown
}
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string | undefined } }

/** What a host answers instead of a result: QEMU's or kzone's words. */
export class HostError extends Error {
  /** Of the ZoneError; undefined for a fault of the program. */
  readonly code: string | undefined

  constructor({ message, code }: { readonly message: string; readonly code: string | undefined }) {
    super(message)
    this.code = code
  }
}

export type Params<K extends keyof HostOperations> = Parameters<HostOperations[K]>[0]
export type Result<K extends keyof HostOperations> = Awaited<ReturnType<HostOperations[K]>>

const answerTimeoutMs = 90_000

/** A process in the namespace of a test host that does with its QEMU what zonesd would. It ends with the lab at the latest. */
export class OracleHost implements AsyncDisposable {
  readonly host: NamespaceHost
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  /** @param qemu path of the host's QEMU; undefined: the installed one */
  constructor(host: NamespaceHost, qemu: string | undefined) {
    this.host = host
    const worker = join(import.meta.dirname, 'host-worker.ts')
    const [program, ...args] = [...host.prefix, process.execPath, worker]
    if (program === undefined) throw new Error('There is nothing to run')
    const own = { KZ_DEFAULT_LINK: 'net0', KZ_ACCEL: 'tcg', ...(qemu === undefined ? {} : { KZ_QEMU: qemu }) }
    this.#child = spawn(program, args, {
      env: { ...host.env, ...own },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.(answer))
    this.#child.once('error', (error) => this.#failAll(error.message))
    this.#child.once('exit', (code) => this.#failAll(`its process ended with ${code ?? 'a signal'}`))
  }

  /** @throws HostError if the host could not do it */
  async call<K extends keyof HostOperations>(operation: K, params: Params<K>): Promise<Result<K>> {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#lastId += 1
    const id = this.#lastId
    const timer = setTimeout(() => resolve(failure(id, `no answer to "${operation}"`)), answerTimeoutMs)
    this.#waiting.set(id, resolve)
    this.#child.send({ id, operation, params } satisfies Question, (error) => {
      if (error !== null) resolve(failure(id, error.message))
    })
    const answer = await promise
    clearTimeout(timer)
    this.#waiting.delete(id)
    if ('error' in answer) throw new HostError(answer.error)
    return answer.result as Result<K>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#child.once('exit', () => resolve())
    this.#child.disconnect()
    await promise
  }

  #failAll(message: string): void {
    for (const [id, settle] of this.#waiting) settle(failure(id, `${this.host.name}: ${message}`))
  }
}

const failure = (id: number, message: string): Answer => ({ id, error: { message, code: undefined } })
