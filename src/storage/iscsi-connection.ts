import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { ZoneError } from '../errors.ts'

/** Operation codes of RFC 7143, section 11.1, and the flags that several have. */
export const operation = { scsiCommand: 0x01, login: 0x43, text: 0x44, logout: 0x46 } as const
export const answer = { nopIn: 0x20, scsiResponse: 0x21, login: 0x23, text: 0x24, dataIn: 0x25 } as const
export const finalFlag = 0x80
const withStatus = 0x01
const headerBytes = 48

export interface Pdu {
  readonly kind: number
  readonly header: Buffer
  readonly data: Buffer
}

export interface IscsiPortal {
  readonly host: string
  readonly port: number
}

/** One TCP connection to an iSCSI target: numbers what is sent and cuts what arrives into its units (RFC 7143). */
export class IscsiConnection implements AsyncDisposable {
  /** Address of the other end. */
  readonly remoteAddress: string
  readonly #socket: Socket
  readonly #pdus: AsyncGenerator<Pdu>
  #tag = 0
  #commandNumber = 1
  #statusNumber = 0

  private constructor(socket: Socket) {
    this.remoteAddress = socket.remoteAddress ?? ''
    this.#socket = socket
    this.#pdus = readPdus(socket)
  }

  /** @throws the socket's error; the signal's reason */
  static async open(portal: IscsiPortal, signal: AbortSignal): Promise<IscsiConnection> {
    const socket = createConnection({ host: portal.host, port: portal.port })
    socket.on('error', () => undefined)
    const destroy = () => socket.destroy(signal.reason as Error)
    signal.addEventListener('abort', destroy, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', destroy))
    try {
      await once(socket, 'connect', { signal })
      return new IscsiConnection(socket)
    } catch (error) {
      socket.destroy()
      signal.throwIfAborted()
      throw error
    }
  }

  /** A header with the next numbers. */
  header(code: number): Buffer {
    const header = Buffer.alloc(headerBytes)
    header[0] = code
    this.#tag += 1
    header.writeUInt32BE(this.#tag, 16)
    header.writeUInt32BE(this.#commandNumber, 24)
    header.writeUInt32BE(this.#statusNumber, 28)
    // What is to be carried out at once is not counted.
    if ((code & 0x40) === 0) this.#commandNumber += 1
    return header
  }

  send(header: Buffer, data: Buffer = Buffer.alloc(0)): void {
    header.writeUIntBE(data.length, 5, 3)
    this.#socket.write(Buffer.concat([header, data, Buffer.alloc(-data.length & 3)]))
  }

  /** @throws ZoneError ISCSI_REFUSED at the end of the conversation */
  async receive(): Promise<Pdu> {
    for (;;) {
      const { value, done } = await this.#pdus.next().catch((error: Error) => {
        throw iscsiRefused(`has ended the conversation: ${error.message}`)
      })
      if (done === true) throw iscsiRefused('has ended the conversation')
      const { kind, header } = value
      const hasStatus = kind !== answer.dataIn || ((header[1] ?? 0) & withStatus) !== 0
      if (hasStatus) this.#statusNumber = (header.readUInt32BE(24) + 1) >>> 0
      if (kind !== answer.nopIn) return value
    }
  }

  /** Logs out, and does not wait for more than the answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.writable) {
      const header = this.header(operation.logout)
      header[1] = finalFlag
      this.send(header)
      await this.receive().catch(() => undefined)
    }
    this.#socket.destroy()
  }
}

const seeTargets =
  'Check its name, and that it lets initiator and address of this host in. What it shows: suriadm lookup-uri -t iscsi -p hostname=HOST'

export function iscsiRefused(words: string, code = 'ISCSI_REFUSED', remedy = seeTargets): ZoneError {
  return new ZoneError(`the iSCSI target ${words}`, { code, remedy })
}

/** Cuts what arrives into headers and their data. */
async function* readPdus(socket: Socket): AsyncGenerator<Pdu> {
  let left = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    left = Buffer.concat([left, chunk])
    for (;;) {
      if (left.length < headerBytes) break
      const start = headerBytes + (left[4] ?? 0) * 4
      const dataBytes = left.readUIntBE(5, 3)
      const end = start + dataBytes + (-dataBytes & 3)
      if (left.length < end) break
      const header = left.subarray(0, headerBytes)
      yield { kind: (header[0] ?? 0) & 0x3f, header, data: left.subarray(start, start + dataBytes) }
      left = left.subarray(end)
    }
  }
}

/** Keys and values as a login or a text request has them (RFC 7143, section 6.1). */
export function textKeys(entries: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    Object.entries(entries)
      .map(([key, value]) => `${key}=${value}\0`)
      .join(''),
  )
}

/** In their order; a key may come more than once. */
export function readTextKeys(data: Buffer): (readonly [string, string])[] {
  return data
    .toString('utf8')
    .split('\0')
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
}
