import type { Duplex } from 'node:stream'
import {
  CancellationTokenSource,
  ConnectionError,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ProgressType,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { Exit, ZoneError } from '../errors.ts'
import { errorToWire, wireToError } from './wire-error.ts'

export interface CallOptions {
  /** Asks the other end to cancel; the call ends when the operation has. */
  readonly signal?: AbortSignal | undefined
  /** Called for everything that the operation reports before its end. */
  readonly onProgress?: ((value: unknown) => void) | undefined
}

/** What a handler gets beside its parameters. */
export interface HandlerContext {
  /** Aborted when the caller asks for a cancel; a caller that vanishes does not abort. */
  readonly signal: AbortSignal
  readonly progress: (value: unknown) => void
}

export type Handler = (params: unknown, context: HandlerContext) => Promise<unknown>

const progressType = new ProgressType<unknown>()
const operationFailed = 1

/**
 * One end of a typed conversation over any byte stream (unix socket, ssh): JSON-RPC 2.0 messages with the framing,
 * cancellation and progress of the Language Server Protocol.
 */
export class RpcPeer implements AsyncDisposable {
  /** Settled when the stream has ended, whoever ended it. */
  readonly closed: Promise<void>
  readonly #connection: MessageConnection
  readonly #stream: Duplex
  #isClosed = false
  #tokens = 0

  constructor(stream: Duplex) {
    this.#stream = stream
    const reader = new StreamMessageReader(stream)
    // Its watch over unfinished messages goes on when the stream has ended within one, and keeps the process alive.
    reader.partialMessageTimeout = 0
    this.#connection = createMessageConnection(reader, new StreamMessageWriter(stream))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    const end = () => {
      if (this.#isClosed) return
      this.#isClosed = true
      // Rejects whatever is pending.
      this.#connection.dispose()
      resolve()
    }
    this.#connection.onClose(end)
    this.#connection.onError(() => stream.destroy())
    stream.once('close', end)
    // The end of the stream says all that matters; an error event without a listener would end the process.
    stream.on('error', () => undefined)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Serves one operation. Call before `listen()`. */
  handle(method: string, handler: Handler): void {
    this.#connection.onRequest(method, async (message: { params: unknown; token?: number }, cancellation) => {
      const controller = new AbortController()
      const cancel = () =>
        controller.abort(new ZoneError('Cancelled', { code: 'CANCELLED', exit: Exit.interrupted }))
      // A dropped connection also fires the token; only an explicit request of the caller may cancel.
      cancellation.onCancellationRequested(() => this.#isClosed || cancel())
      const progress = (value: unknown) => {
        if (message.token === undefined || this.#isClosed) return
        this.#connection.sendProgress(progressType, message.token, value).catch(() => undefined)
      }
      try {
        return (await handler(message.params, { signal: controller.signal, progress })) ?? null
      } catch (error) {
        const wire = errorToWire(error)
        throw new ResponseError(operationFailed, wire.message, wire)
      }
    })
  }

  listen(): void {
    this.#connection.listen()
  }

  /**
   * Calls an operation of the other end.
   *
   * @throws ZoneError as the other end threw it; PEER_LOST when the stream ends before the answer; the signal's reason
   *   once the other end has ended the operation after a cancel
   */
  async call(method: string, params: unknown, { signal, onProgress }: CallOptions = {}): Promise<unknown> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw peerLost(method)
    const source = new CancellationTokenSource()
    const cancel = () => source.cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    this.#tokens += 1
    const token = onProgress === undefined ? undefined : this.#tokens
    const listener =
      token === undefined
        ? undefined
        : this.#connection.onProgress(progressType, token, (value) => onProgress?.(value))
    try {
      return await this.#connection.sendRequest(method, { params, token }, source.token)
    } catch (error) {
      if (error instanceof ResponseError && error.code === operationFailed) throw wireToError(error.data)
      if (this.#isClosed || error instanceof ConnectionError || isUnsent(error)) throw peerLost(method, error)
      throw error
    } finally {
      signal?.removeEventListener('abort', cancel)
      listener?.dispose()
      source.dispose()
    }
  }

  close(): void {
    this.#stream.end()
    this.#stream.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.closed
  }
}

/** Whether the call could not be sent: nobody is there any more to read it, which is noticed only by that. */
function isUnsent(error: unknown): boolean {
  return error instanceof ResponseError && error.code === ErrorCodes.MessageWriteError
}

function peerLost(method: string, cause?: unknown): ZoneError {
  return new ZoneError(`The connection to zonesd ended before "${method}" was answered`, {
    code: 'PEER_LOST',
    cause,
  })
}
