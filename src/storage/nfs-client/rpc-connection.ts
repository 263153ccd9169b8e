import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { ByteReader } from '../../util/byte-reader.ts'
import { XdrReader, xdrNumbers, xdrOpaque } from './xdr.ts'

const rpcVersion = 2
const callMessage = 0
const replyMessage = 1
const authNone = 0
const authSys = 1
const lastFragment = 0x8000_0000
const maxReplyBytes = 1024 ** 2
const acceptWords = [
  '',
  'does not serve this program',
  'does not serve this version',
  'knows no such procedure',
]
/** Servers trust a user id only from a port that root alone can take. */
const privilegedPorts = { from: 700, to: 1024 } as const
const portAttempts = 20

/** As whom calls are made (AUTH_SYS of RFC 5531). */
export interface RpcUser {
  readonly uid: number
  readonly gid: number
}

export interface RpcPlace {
  readonly host: string
  readonly port: number
}

/** What the server has refused as a whole: it has done nothing of it. */
export class RpcRefusal extends Error {}

/** A conversation with one server of ONC RPC over TCP (RFC 5531), one call at a time. */
export class RpcConnection implements Disposable {
  readonly family: 'IPv4' | 'IPv6'
  readonly #socket: Socket
  readonly #reader: ByteReader
  readonly #credentials: Buffer
  #transaction = randomInt(2 ** 31)

  private constructor(socket: Socket, user: RpcUser | undefined) {
    this.#socket = socket
    this.#reader = new ByteReader(socket)
    this.#credentials = user === undefined ? xdrNumbers(authNone, 0) : sysCredentials(user)
    this.family = socket.remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4'
  }

  /** @throws the socket's error; the signal's reason */
  static async open(place: RpcPlace, user: RpcUser | undefined, signal: AbortSignal): Promise<RpcConnection> {
    const socket = await connect(place, signal)
    const destroy = () => socket.destroy(signal.reason as Error)
    signal.addEventListener('abort', destroy, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', destroy))
    return new RpcConnection(socket, user)
  }

  /** @throws Error in words if the server does not carry it out */
  async call(
    program: number,
    version: number,
    procedure: number,
    ...parameters: readonly Buffer[]
  ): Promise<XdrReader> {
    this.#transaction += 1
    const head = xdrNumbers(this.#transaction, callMessage, rpcVersion, program, version, procedure)
    const message = Buffer.concat([head, this.#credentials, xdrNumbers(authNone, 0), ...parameters])
    this.#socket.write(Buffer.concat([xdrNumbers((lastFragment | message.length) >>> 0), message]))
    const reply = new XdrReader(await this.#receive())
    const [transaction, kind, isDenied] = [reply.number(), reply.number(), reply.number()]
    if (transaction !== this.#transaction || kind !== replyMessage)
      throw new Error('the server answers something else')
    if (isDenied !== 0) throw new RpcRefusal('the server refuses this user: it wants other credentials')
    reply.number()
    reply.opaque()
    const status = reply.number()
    if (status !== 0) throw new RpcRefusal(`the server ${acceptWords[status] ?? `fails (${status})`}`)
    return reply
  }

  async #receive(): Promise<Buffer> {
    const fragments: Buffer[] = []
    for (let total = 0; ; ) {
      const mark = (await this.#exactly(4)).readUInt32BE(0)
      const length = mark % lastFragment
      total += length
      if (total > maxReplyBytes) throw new Error('the server answers with more than it should')
      fragments.push(await this.#exactly(length))
      if (mark >= lastFragment) return Buffer.concat(fragments)
    }
  }

  async #exactly(length: number): Promise<Buffer> {
    const bytes = await this.#reader.read(length)
    if (bytes.length < length) throw new Error('the server has ended the conversation')
    return bytes
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** As root from a port that others cannot take, as any otherwise. */
async function connect(place: RpcPlace, signal: AbortSignal): Promise<Socket> {
  for (let attempt = 1; ; attempt += 1) {
    const isPrivileged = process.getuid?.() === 0 && attempt < portAttempts
    const localPort = isPrivileged ? randomInt(privilegedPorts.from, privilegedPorts.to) : undefined
    const socket = createConnection({ ...place, ...(localPort === undefined ? {} : { localPort }) })
    socket.on('error', () => undefined)
    try {
      await once(socket, 'connect', { signal })
      return socket
    } catch (error) {
      socket.destroy()
      signal.throwIfAborted()
      const { code } = error as NodeJS.ErrnoException
      if (!isPrivileged || (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL'))
        throw error
    }
  }
}

function sysCredentials({ uid, gid }: RpcUser): Buffer {
  const body = Buffer.concat([xdrNumbers(0), xdrOpaque('kzone'), xdrNumbers(uid, gid, 0)])
  return Buffer.concat([xdrNumbers(authSys), xdrOpaque(body)])
}
