import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { ZoneError } from '../errors.ts'

/** Operation codes and flags of RFC 7143, section 11. */
const code = { scsiCommand: 0x01, login: 0x43, logout: 0x46 } as const
const answer = { nopIn: 0x20, scsiResponse: 0x21, login: 0x23, dataIn: 0x25 } as const
const final = 0x80
const withStatus = 0x01
const reads = 0x40
const writes = 0x20
/** From the operational stage of the login, without one of security, to the full feature phase. */
const loginToFullFeature = 0x87
const headerBytes = 48
const simpleTask = 1
const checkCondition = 2
const unitAttention = 6
/** A target tells each new session what has happened before it listens to anything else. */
const attempts = 4

export interface IscsiPlace {
  readonly host: string
  readonly port: number
  readonly target: string
  readonly lun: number
  readonly initiatorName: string
}

export interface ScsiCommand {
  /** Command descriptor block, at most 16 bytes. */
  readonly cdb: readonly number[]
  readonly dataOut?: Buffer
  /** Greatest number of bytes of the answer. */
  readonly readBytes?: number
}

interface Pdu {
  readonly header: Buffer
  readonly data: Buffer
}

/**
 * A short conversation with one logical unit, for the few questions that QEMU's initiator cannot be asked. Without
 * authentication, as QEMU's is (RFC 7143).
 */
export class IscsiSession implements AsyncDisposable {
  readonly #socket: Socket
  readonly #lun: number
  readonly #pdus: AsyncGenerator<Pdu>
  #tag = 0
  #commandNumber = 1
  #statusNumber = 0

  private constructor(socket: Socket, lun: number) {
    this.#socket = socket
    this.#lun = lun
    this.#pdus = readPdus(socket)
  }

  /** @throws ZoneError ISCSI_REFUSED; the socket's error; the signal's reason */
  static async open(place: IscsiPlace, signal: AbortSignal): Promise<IscsiSession> {
    const socket = createConnection({ host: place.host, port: place.port })
    socket.on('error', () => undefined)
    const destroy = () => socket.destroy(signal.reason as Error)
    signal.addEventListener('abort', destroy, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', destroy))
    try {
      await once(socket, 'connect', { signal })
      const session = new IscsiSession(socket, place.lun)
      await session.#login(place)
      return session
    } catch (error) {
      socket.destroy()
      signal.throwIfAborted()
      throw error
    }
  }

  /**
   * @returns what the logical unit sends
   * @throws ZoneError SCSI_REFUSED if it does not carry the command out
   */
  async command(command: ScsiCommand): Promise<Buffer> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, senseKey, data } = await this.#attempt(command)
      if (status === 0) return data
      if (status === checkCondition && senseKey === unitAttention && attempt < attempts) continue
      const words = `status ${status}${senseKey === undefined ? '' : `, sense key ${senseKey}`}`
      throw new ZoneError(`the logical unit refuses SCSI command ${command.cdb[0]} (${words})`, {
        code: 'SCSI_REFUSED',
      })
    }
  }

  async #attempt({ cdb, dataOut = Buffer.alloc(0), readBytes = 0 }: ScsiCommand) {
    const header = this.#header(code.scsiCommand)
    header[1] = final | simpleTask | (readBytes > 0 ? reads : 0) | (dataOut.length > 0 ? writes : 0)
    // Up to 255 a number is an address by itself, above that "flat" (SAM-5, 4.7).
    header.writeUInt16BE(this.#lun < 256 ? this.#lun : 0x4000 | this.#lun, 8)
    header.writeUInt32BE(Math.max(readBytes, dataOut.length), 20)
    Buffer.from(cdb).copy(header, 32)
    this.#commandNumber += 1
    this.#send(header, dataOut)
    const received = Buffer.alloc(readBytes)
    let length = 0
    for (;;) {
      const { header: reply, data } = await this.#receive()
      const kind = (reply[0] ?? 0) & 0x3f
      if (kind === answer.nopIn) continue
      if (kind === answer.dataIn) {
        const offset = reply.readUInt32BE(40)
        data.copy(received, offset)
        length = Math.max(length, offset + data.length)
        if (((reply[1] ?? 0) & withStatus) === 0) continue
      } else if (kind !== answer.scsiResponse) {
        throw refused(`answers with something else (${kind})`)
      }
      const senseKey = kind === answer.scsiResponse && data.length > 4 ? (data[4] ?? 0) & 0x0f : undefined
      return { status: reply[3] ?? 0, senseKey, data: received.subarray(0, Math.min(length, readBytes)) }
    }
  }

  async #login({ target, initiatorName }: IscsiPlace): Promise<void> {
    const header = this.#header(code.login)
    header[1] = loginToFullFeature
    // A session of its own beside those of QEMU, which have the same name: told apart by a random number.
    header[8] = 0x80
    randomBytes(5).copy(header, 9)
    const keys = {
      InitiatorName: initiatorName,
      TargetName: target,
      SessionType: 'Normal',
      AuthMethod: 'None',
      HeaderDigest: 'None',
      DataDigest: 'None',
      InitialR2T: 'No',
      ImmediateData: 'Yes',
      MaxConnections: '1',
      ErrorRecoveryLevel: '0',
    }
    const text = Object.entries(keys).map(([key, value]) => `${key}=${value}\0`)
    this.#send(header, Buffer.from(text.join('')))
    const { header: reply } = await this.#receive()
    if (((reply[0] ?? 0) & 0x3f) !== answer.login || reply[36] !== 0) {
      throw refused(`refuses the login (class ${reply[36]}, detail ${reply[37]})`)
    }
    if (((reply[1] ?? 0) & 0x83) !== 0x83) throw refused('wants more for the login than this release has')
  }

  #header(operation: number): Buffer {
    const header = Buffer.alloc(headerBytes)
    header[0] = operation
    this.#tag += 1
    header.writeUInt32BE(this.#tag, 16)
    header.writeUInt32BE(this.#commandNumber, 24)
    header.writeUInt32BE(this.#statusNumber, 28)
    return header
  }

  #send(header: Buffer, data: Buffer): void {
    header.writeUIntBE(data.length, 5, 3)
    this.#socket.write(Buffer.concat([header, data, Buffer.alloc(-data.length & 3)]))
  }

  async #receive(): Promise<Pdu> {
    const { value, done } = await this.#pdus.next().catch((error: Error) => {
      throw refused(`has ended the conversation: ${error.message}`)
    })
    if (done === true) throw refused('has ended the conversation')
    const kind = (value.header[0] ?? 0) & 0x3f
    const hasStatus = kind !== answer.dataIn || ((value.header[1] ?? 0) & withStatus) !== 0
    if (hasStatus) this.#statusNumber = (value.header.readUInt32BE(24) + 1) >>> 0
    return value
  }

  /** Logs out, and does not wait for more than the answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.writable) {
      const header = this.#header(code.logout)
      header[1] = final
      this.#send(header, Buffer.alloc(0))
      await this.#receive().catch(() => undefined)
    }
    this.#socket.destroy()
  }
}

function refused(words: string): ZoneError {
  return new ZoneError(`the iSCSI target ${words}`, { code: 'ISCSI_REFUSED' })
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
      yield { header: left.subarray(0, headerBytes), data: left.subarray(start, start + dataBytes) }
      left = left.subarray(end)
    }
  }
}
