import { ZoneError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import {
  answer,
  finalFlag,
  IscsiConnection,
  type IscsiPortal,
  iscsiRefused,
  operation,
} from './iscsi-connection.ts'
import { logIn } from './iscsi-login.ts'

/** Flags of a SCSI command and its answer (RFC 7143, sections 11.3 and 11.7). */
const withStatus = 0x01
const reads = 0x40
const writes = 0x20
const simpleTask = 1
const checkCondition = 2
const unitAttention = 6
/** A target tells each new session what has happened before it listens to anything else. */
const attempts = 4

export interface IscsiPlace extends IscsiPortal {
  readonly target: string
  readonly lun: number
  readonly initiatorName: string
  readonly credentials?: Credentials | undefined
}

export interface ScsiCommand {
  /** Command descriptor block, at most 16 bytes. */
  readonly cdb: readonly number[]
  readonly dataOut?: Buffer
  /** Greatest number of bytes of the answer. */
  readonly readBytes?: number
  /** Another logical unit of the target than the place names. */
  readonly lun?: number
}

/** A short conversation with one target, for the few questions that QEMU's initiator cannot be asked (RFC 7143). */
export class IscsiSession implements AsyncDisposable {
  readonly #connection: IscsiConnection
  readonly #lun: number

  private constructor(connection: IscsiConnection, lun: number) {
    this.#connection = connection
    this.#lun = lun
  }

  /** @throws ZoneError ISCSI_REFUSED, ISCSI_UNAUTHENTICATED; the socket's error; the signal's reason */
  static async open(place: IscsiPlace, signal: AbortSignal): Promise<IscsiSession> {
    const { target, initiatorName, credentials } = place
    await using undo = new AsyncDisposableStack()
    const connection = undo.use(await IscsiConnection.open(place, signal))
    try {
      await logIn(connection, { target, initiatorName, credentials })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
    undo.move()
    return new IscsiSession(connection, place.lun)
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
        remedy:
          'Check on the storage that the unit is ready and that nobody has reserved it. How it looks from here: suriadm lookup-mapping URI',
      })
    }
  }

  async #attempt({ cdb, dataOut = Buffer.alloc(0), readBytes = 0, lun = this.#lun }: ScsiCommand) {
    const header = this.#connection.header(operation.scsiCommand)
    header[1] = finalFlag | simpleTask | (readBytes > 0 ? reads : 0) | (dataOut.length > 0 ? writes : 0)
    // Up to 255 a number is an address by itself, above that "flat" (SAM-5, 4.7).
    header.writeUInt16BE(lun < 256 ? lun : 0x4000 | lun, 8)
    header.writeUInt32BE(Math.max(readBytes, dataOut.length), 20)
    Buffer.from(cdb).copy(header, 32)
    this.#connection.send(header, dataOut)
    const received = Buffer.alloc(readBytes)
    let length = 0
    for (;;) {
      const { kind, header: reply, data } = await this.#connection.receive()
      if (kind === answer.dataIn) {
        const offset = reply.readUInt32BE(40)
        data.copy(received, offset)
        length = Math.max(length, offset + data.length)
        if (((reply[1] ?? 0) & withStatus) === 0) continue
      } else if (kind !== answer.scsiResponse) {
        throw iscsiRefused(`answers with something else (${kind})`)
      }
      const senseKey = kind === answer.scsiResponse && data.length > 4 ? (data[4] ?? 0) & 0x0f : undefined
      return { status: reply[3] ?? 0, senseKey, data: received.subarray(0, Math.min(length, readBytes)) }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]()
  }
}
