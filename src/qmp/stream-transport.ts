import type { Readable, Writable } from 'node:stream'
import { lineFramer } from './line-framer.ts'
import { QmpProtocolError } from './qmp-errors.ts'
import type { QmpTransport } from './transport.ts'

export interface StreamTransportOptions {
  readonly name: string
  readonly input: Readable
  readonly output: Writable
  /** Called once the streams are gone; resolves when all else held for the peer is free. */
  readonly release?: () => Promise<void>
  /** Finds out why the peer closed; by default it "closed the connection". */
  readonly whyEnded?: () => Promise<Error>
  readonly maxLineBytes?: number
}

/** Lines over a pair of byte streams, which from now on belong to the transport. */
export function streamTransport(options: StreamTransportOptions): QmpTransport {
  const { name, input, output, release, whyEnded, maxLineBytes } = options
  let onClose: ((reason: Error) => void) | undefined
  let failed: Error | undefined
  let closing: Promise<void> | undefined

  const close = (): Promise<void> => {
    closing ??= (async () => {
      input.destroy()
      output.destroy()
      await release?.()
    })()
    return closing
  }
  const finish = (reason: Error) => {
    failed ??= reason
    onClose?.(failed)
    onClose = undefined
    void close()
  }
  let asked = false
  const ended = () => {
    if (asked || closing !== undefined) return
    asked = true
    const closedByPeer = Promise.resolve(new Error(`${name} closed the connection`))
    void (whyEnded?.() ?? closedByPeer).then(finish)
  }
  input.once('end', ended)
  input.once('close', ended)
  // Kept for good: a stream may fail again while it is torn down.
  input.on('error', finish)
  // A write that fails means that the peer is gone; why, is found at its other stream.
  output.on('error', ended)

  return {
    name,
    close,
    start(handlers) {
      onClose = handlers.onClose
      if (failed !== undefined) return finish(failed)
      const frame = lineFramer(handlers.onMessage, maxLineBytes)
      input.on('data', (chunk: Buffer) => {
        try {
          frame(chunk)
        } catch (error) {
          finish(new QmpProtocolError(`What ${name} sends is not QMP`, error))
        }
      })
    },
    send(line) {
      if (!output.writable) return
      output.write(`${line}\n`)
    },
  }
}
