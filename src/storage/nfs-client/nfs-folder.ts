import { findPort } from './find-port.ts'
import { RpcConnection, RpcRefusal, type RpcUser } from './rpc-connection.ts'
import { type XdrReader, xdrLong, xdrNumbers, xdrOpaque } from './xdr.ts'

/** NFS version 3 and its mount protocol (RFC 1813). */
const nfs = { program: 100_003, version: 3, name: 'NFS version 3' } as const
const mount = { program: 100_005, version: 3, name: 'mount service' } as const
const mountPath = 1
const procedures = { setAttributes: 2, lookUp: 3, access: 4, create: 8, remove: 12 } as const
const guarded = 1
const serverTime = 1
const accessModifyExtend = 0x04 | 0x08
const statusExists = 17
const statusMissing = 2
const regularFile = 1
const undoTimeoutMs = 10_000

const reasons: Readonly<Record<number, string>> = {
  1: 'not owner',
  [statusMissing]: 'no such file or folder',
  5: 'input/output error',
  13: 'permission denied',
  [statusExists]: 'the file is there already',
  20: 'not a folder',
  21: 'it is a folder',
  28: 'no space left on the server',
  30: 'the share is read-only',
  69: 'the quota on the server is used up',
  70: 'stale file handle',
}

export interface NfsFile {
  readonly handle: Buffer
  readonly isRegular: boolean
  readonly sizeBytes: number
  /** Of the file system and of the file in it, on the server. */
  readonly identity: string
}

/** What the server answers instead of doing it. */
export class NfsError extends Error {
  readonly status: number

  constructor(status: number) {
    super(reasons[status] ?? `the NFS server answers with error ${status}`)
    this.name = 'NfsError'
    this.status = status
  }

  get isMissing(): boolean {
    return this.status === statusMissing
  }

  get isExisting(): boolean {
    return this.status === statusExists
  }
}

/** A file could not be made, and it is not known whether it is there. */
export class NfsFileLeft extends Error {}

/** One folder of an NFS server, for what QEMU's own client cannot be asked: names, rights, making and removing. */
export class NfsFolder implements Disposable {
  readonly #connection: RpcConnection
  readonly #handle: Buffer
  readonly #openAnew: () => Promise<NfsFolder>

  private constructor(connection: RpcConnection, handle: Buffer, openAnew: () => Promise<NfsFolder>) {
    this.#connection = connection
    this.#handle = handle
    this.#openAnew = openAnew
  }

  /**
   * @param path as the server exports it, or below what it exports
   * @throws NfsError; Error in words; the socket's error
   */
  static async open(host: string, path: string, user: RpcUser, signal: AbortSignal): Promise<NfsFolder> {
    const mountPort = await findPort(host, mount, signal)
    const handle = await mountFolder({ host, port: mountPort }, path, user, signal)
    const port = await findPort(host, nfs, signal)
    const openAnew = () => NfsFolder.open(host, path, user, AbortSignal.timeout(undoTimeoutMs))
    return new NfsFolder(await RpcConnection.open({ host, port }, user, signal), handle, openAnew)
  }

  async find(name: string): Promise<NfsFile> {
    const reply = await this.#call(procedures.lookUp, this.#entry(name))
    const handle = reply.opaque()
    if (reply.number() === 0) throw new Error('the NFS server does not tell what the file is')
    return { handle, ...readAttributes(reply) }
  }

  /** May this user change and extend the file? */
  async isWritable({ handle }: NfsFile): Promise<boolean> {
    const reply = await this.#call(procedures.access, xdrOpaque(handle), xdrNumbers(accessModifyExtend))
    skipAttributes(reply)
    return (reply.number() & accessModifyExtend) === accessModifyExtend
  }

  /**
   * Makes a sparse file, of this user and readable to nobody else. It must not be there yet.
   *
   * @throws NfsFileLeft; with any other error there is no file
   */
  async create(name: string, sizeBytes: number): Promise<void> {
    const own = attributes({ mode: 0o600 })
    await this.#call(procedures.create, this.#entry(name), xdrNumbers(guarded), own).catch((error: Error) => {
      throw error instanceof NfsError || error instanceof RpcRefusal
        ? error
        : new NfsFileLeft(error.message, { cause: error })
    })
    try {
      const { handle } = await this.find(name)
      await this.#call(procedures.setAttributes, xdrOpaque(handle), attributes({ sizeBytes }), xdrNumbers(0))
    } catch (error) {
      await this.takeBack(name).catch(() => {
        throw new NfsFileLeft((error as Error).message, { cause: error })
      })
      throw error
    }
  }

  /** Removes what was made here, over a conversation of its own if this one has ended meanwhile, as by a signal. */
  async takeBack(name: string): Promise<void> {
    try {
      await this.remove(name)
    } catch (error) {
      if (error instanceof NfsError) throw error
      using anew = await this.#openAnew()
      await anew.remove(name).catch((missing: unknown) => {
        if (!(missing instanceof NfsError && missing.isMissing)) throw missing
      })
    }
  }

  async remove(name: string): Promise<void> {
    await this.#call(procedures.remove, this.#entry(name))
  }

  #entry(name: string): Buffer {
    return Buffer.concat([xdrOpaque(this.#handle), xdrOpaque(name)])
  }

  /** @throws NfsError if the server does not do it */
  async #call(procedure: number, ...parameters: readonly Buffer[]): Promise<XdrReader> {
    const reply = await this.#connection.call(nfs.program, nfs.version, procedure, ...parameters)
    const status = reply.number()
    if (status !== 0) throw new NfsError(status)
    return reply
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}

async function mountFolder(
  place: { readonly host: string; readonly port: number },
  path: string,
  user: RpcUser,
  signal: AbortSignal,
): Promise<Buffer> {
  using connection = await RpcConnection.open(place, user, signal)
  const reply = await connection.call(mount.program, mount.version, mountPath, xdrOpaque(path))
  const status = reply.number()
  if (status === 0) return reply.opaque()
  const reason = new NfsError(status).message
  throw new Error(`the NFS server does not let this host mount "${path}": ${reason}`)
}

/** What is to be set of a file (sattr3): the rest stays as it is. */
function attributes({ mode, sizeBytes }: { mode?: number; sizeBytes?: number }): Buffer {
  return Buffer.concat([
    mode === undefined ? xdrNumbers(0) : xdrNumbers(1, mode),
    xdrNumbers(0, 0),
    sizeBytes === undefined ? xdrNumbers(0) : Buffer.concat([xdrNumbers(1), xdrLong(sizeBytes)]),
    mode === undefined ? xdrNumbers(0, 0) : xdrNumbers(serverTime, serverTime),
  ])
}

const attributesBytes = 84

/** A file's attributes (fattr3): type, mode, links, uid, gid, size, used, device, file system, number, three times. */
function readAttributes(reply: XdrReader): Omit<NfsFile, 'handle'> {
  const isRegular = reply.number() === regularFile
  reply.skip(4 * 4)
  const sizeBytes = Number(reply.long())
  reply.skip(8 + 8)
  const identity = `file ${reply.long().toString(16)}:${reply.long()}`
  reply.skip(3 * 8)
  return { isRegular, sizeBytes, identity }
}

function skipAttributes(reply: XdrReader): void {
  if (reply.number() !== 0) reply.skip(attributesBytes)
}
