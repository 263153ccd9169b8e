import type { z } from 'zod'
import type { QmpCommands, QmpEvents } from './commands.gen.ts'
import { type Deferred, deferred } from './deferred.ts'
import { type EventListeners, eventListeners, type QmpEvent } from './event-listeners.ts'
import { parseMessage, type QmpGreeting, type QmpMessage } from './message.ts'
import {
  QmpClosedError,
  QmpError,
  QmpProtocolError,
  QmpTimeoutError,
  QmpUnsentError,
  withStackOf,
} from './qmp-errors.ts'
import type { QmpTransport } from './transport.ts'

const defaultTimeoutMs = 10_000

export interface QmpWaitOptions {
  readonly signal?: AbortSignal | undefined
  /** 10 s by default; `Infinity` for no deadline. */
  readonly timeoutMs?: number | undefined
}

export interface QmpOpenOptions extends QmpWaitOptions {
  /** Takes what an event listener throws; by default a warning of the process. */
  readonly onListenerError?: (error: unknown) => void
}

export interface QmpEventWaitOptions<E extends keyof QmpEvents> extends QmpWaitOptions {
  readonly predicate?: (event: QmpEvent<E>) => boolean
}

type Returns<C extends keyof QmpCommands> = QmpCommands[C]['returns']
type Arguments<C extends keyof QmpCommands> = QmpCommands[C]['arguments']

/** `args` may be left out where every argument is optional. */
type ExecuteRest<C extends keyof QmpCommands, O> =
  Record<never, never> extends Arguments<C>
    ? [args?: Arguments<C>, options?: O]
    : [args: Arguments<C>, options?: O]

interface Call {
  readonly command: string
  readonly origin: Error
  readonly reply: Deferred<unknown>
}

/**
 * One monitor connection to one QEMU. Several commands may be in flight. When it closes, by either side or because
 * something arrived that is not QMP, every pending call and wait is rejected with a `QmpClosedError`.
 * Disposing it closes the transport (which for a probe ends QEMU).
 */
export class QmpConnection implements AsyncDisposable {
  /** Resolves, never rejects, with the reason when the connection is no more. */
  readonly closed: Promise<QmpClosedError>

  readonly #transport: QmpTransport
  readonly #listeners: EventListeners
  readonly #calls = new Map<number, Call>()
  readonly #waits = new Set<(reason: Error) => void>()
  readonly #resolveClosed: (error: QmpClosedError) => void
  #greeting: QmpGreeting | undefined
  #onGreeting: (() => void) | undefined
  #lastId = 0
  #closeReason: Error | undefined

  private constructor(transport: QmpTransport, onListenerError: (error: unknown) => void) {
    const { promise, resolve } = Promise.withResolvers<QmpClosedError>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#transport = transport
    this.#listeners = eventListeners(onListenerError)
  }

  /**
   * Waits for QEMU's greeting and leaves the negotiation mode.
   *
   * @param options.timeoutMs for the greeting, and again for the answer to `qmp_capabilities`
   * @throws QmpTimeoutError without a greeting: QEMU serves one client per QMP socket and lets others wait
   * @throws QmpError if QEMU refuses `qmp_capabilities`
   * @throws QmpClosedError if the other end closes or sends something else
   */
  static async open(
    transport: QmpTransport,
    { signal, timeoutMs = defaultTimeoutMs, onListenerError = warn }: QmpOpenOptions = {},
  ): Promise<QmpConnection> {
    const connection = new QmpConnection(transport, onListenerError)
    try {
      await connection.#start({ signal, timeoutMs })
      const enable =
        connection.#greeting?.capabilities.includes('oob') === true ? { enable: ['oob' as const] } : {}
      await connection.execute('qmp_capabilities', enable, { signal, timeoutMs })
      return connection
    } catch (error) {
      connection.#shutDown(error instanceof Error ? error : new Error(String(error)))
      await transport.close()
      throw error
    }
  }

  /** QEMU's version, as it greeted with. */
  get version(): QmpGreeting['version'] {
    if (this.#greeting === undefined) throw new Error('An open connection has had its greeting')
    return this.#greeting.version
  }

  /**
   * Runs one command. After a timeout or an abort only the waiting ends: QEMU may still carry the command out.
   *
   * @param options.schema checks the reply; pass it wherever a decision hangs on the reply
   * @throws QmpError if QEMU refuses the command
   * @throws QmpTimeoutError, QmpClosedError, QmpProtocolError (the reply does not fit the schema), the signal's reason
   */
  async execute<C extends keyof QmpCommands, T>(
    command: C,
    args: Arguments<C>,
    options: QmpWaitOptions & { readonly schema: z.ZodType<T> },
  ): Promise<T>
  async execute<C extends keyof QmpCommands>(
    command: C,
    ...rest: ExecuteRest<C, QmpWaitOptions>
  ): Promise<Returns<C>>
  async execute(
    command: string,
    args: object = {},
    options: QmpWaitOptions & { schema?: z.ZodType } = {},
  ): Promise<unknown> {
    return this.#send('execute', command, args, options)
  }

  /**
   * Runs one command at once, also while QEMU's main thread waits for something and takes no others (`exec-oob` of QMP).
   * As long as eight others wait for their answers QEMU takes in not even this.
   *
   * @throws as `execute()`
   */
  async executeOutOfBand<C extends 'migrate-pause' | 'migrate-recover'>(
    command: C,
    ...[args = {}, options = {}]: ExecuteRest<C, QmpWaitOptions>
  ): Promise<void> {
    const hasIt = this.#greeting?.capabilities.includes('oob') === true
    await this.#send(hasIt ? 'exec-oob' : 'execute', command, args, options)
  }

  async #send(
    verb: 'execute' | 'exec-oob',
    command: string,
    args: object,
    { signal, timeoutMs = defaultTimeoutMs, schema }: QmpWaitOptions & { schema?: z.ZodType },
  ): Promise<unknown> {
    const origin = new Error('Where the command was sent')
    signal?.throwIfAborted()
    if (this.#closeReason !== undefined)
      throw this.#closedError(`"${command}" was not sent`, origin, QmpUnsentError)

    this.#lastId += 1
    const id = this.#lastId
    const reply = deferred<unknown>({
      signal,
      timeoutMs,
      onTimeout: () =>
        withStackOf(new QmpTimeoutError(`answer to "${command}"`, this.#transport.name, timeoutMs), origin),
      onSettled: () => this.#calls.delete(id),
    })
    this.#calls.set(id, { command, origin, reply })
    this.#transport.send(JSON.stringify({ [verb]: command, arguments: args, id }))

    const value = await reply.promise
    const result = schema?.safeParse(value)
    if (result === undefined) return value
    if (result.success) return result.data
    const where = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    const message = `The answer of ${this.#transport.name} to "${command}" is not understood (${where})`
    throw withStackOf(new QmpProtocolError(message, result.error), origin)
  }

  /** Calls the listener at every event of that name, until disposed. What it throws never harms the connection. */
  on<E extends keyof QmpEvents>(name: E, listener: (event: QmpEvent<E>) => void): Disposable {
    return this.#listeners.add(name, listener)
  }

  /**
   * Waits for an event that arrives after this call.
   *
   * @param options.predicate picks among the events of that name; what it throws rejects the wait
   * @throws QmpTimeoutError, QmpClosedError, the signal's reason
   */
  async waitForEvent<E extends keyof QmpEvents>(
    name: E,
    { predicate, signal, timeoutMs = defaultTimeoutMs }: QmpEventWaitOptions<E> = {},
  ): Promise<QmpEvent<E>> {
    const origin = new Error('Where the wait began')
    signal?.throwIfAborted()
    const missing = `Event "${name}" cannot come`
    if (this.#closeReason !== undefined) throw this.#closedError(missing, origin)

    const wait = deferred<QmpEvent<E>>({
      signal,
      timeoutMs,
      onTimeout: () =>
        withStackOf(new QmpTimeoutError(`event "${name}"`, this.#transport.name, timeoutMs), origin),
    })
    const onClosed = () => wait.reject(this.#closedError(missing, origin))
    this.#waits.add(onClosed)
    using _subscription = this.on(name, (event) => {
      try {
        if (predicate === undefined || predicate(event)) wait.resolve(event)
      } catch (error) {
        wait.reject(error)
      }
    })
    try {
      return await wait.promise
    } finally {
      this.#waits.delete(onClosed)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shutDown(new Error(`The connection to ${this.#transport.name} was closed here`))
    await this.#transport.close()
  }

  async #start({ signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number }): Promise<void> {
    const { name } = this.#transport
    const remedy = 'Find and end the other program that is connected to it: QEMU serves one client at a time'
    const greeted = deferred<void>({
      signal,
      timeoutMs,
      onTimeout: () => new QmpTimeoutError('greeting', name, timeoutMs, remedy),
    })
    this.#onGreeting = () => greeted.resolve()
    const onClosed = (reason: Error) => greeted.reject(new QmpClosedError(`No greeting from ${name}`, reason))
    this.#waits.add(onClosed)
    this.#transport.start({
      onMessage: (line) => this.#receive(line),
      onClose: (reason) => this.#shutDown(reason),
    })
    try {
      await greeted.promise
    } finally {
      this.#waits.delete(onClosed)
    }
  }

  #receive(line: string): void {
    if (this.#closeReason !== undefined) return
    try {
      this.#handle(parseMessage(line))
    } catch (error) {
      this.#shutDown(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #handle(message: QmpMessage): void {
    if ('QMP' in message) {
      if (this.#greeting !== undefined) throw new QmpProtocolError('A second QMP greeting')
      this.#greeting = message.QMP
      this.#onGreeting?.()
    } else if (this.#greeting === undefined) {
      throw new QmpProtocolError('A QMP message before the greeting')
    } else if ('event' in message) {
      this.#listeners.dispatch(message)
    } else {
      const call = this.#calls.get(message.id)
      if (call !== undefined && 'error' in message) {
        const { class: qmpClass, desc } = message.error
        call.reply.reject(withStackOf(new QmpError(call.command, qmpClass, desc), call.origin))
      } else if (call !== undefined && 'return' in message) {
        call.reply.resolve(message.return)
      } else if (message.id < 1 || message.id > this.#lastId) {
        throw new QmpProtocolError(`A QMP reply with the number ${message.id}, which was never sent`)
      }
      // Else the late answer to a call that nobody waits for any more.
    }
  }

  #shutDown(reason: Error): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    for (const { command, origin, reply } of this.#calls.values()) {
      reply.reject(this.#closedError(`No answer to "${command}"`, origin))
    }
    for (const onClosed of this.#waits) onClosed(reason)
    this.#resolveClosed(new QmpClosedError(`The connection to ${this.#transport.name} ended`, reason))
    void this.#transport.close()
  }

  #closedError(doing: string, origin: Error, Kind = QmpClosedError): QmpClosedError {
    return withStackOf(new Kind(doing, this.#closeReason ?? new Error('It is closed')), origin)
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
