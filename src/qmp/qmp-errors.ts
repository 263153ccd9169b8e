import { ZoneError } from '../errors.ts'

/** QEMU refused a command. */
export class QmpError extends ZoneError {
  readonly command: string
  /** QEMU's error class, nearly always `GenericError`. */
  readonly qmpClass: string
  /** QEMU's own words. */
  readonly desc: string

  constructor(command: string, qmpClass: string, desc: string) {
    super(`QEMU refused "${command}": ${desc.replace(/\.$/, '')}`, { code: 'QMP_REFUSED' })
    this.name = 'QmpError'
    this.command = command
    this.qmpClass = qmpClass
    this.desc = desc
  }
}

/** The connection to QEMU is gone; the cause says why. */
export class QmpClosedError extends ZoneError {
  constructor(doing: string, reason: Error) {
    super(`${doing}: ${reason.message}`, { code: 'QMP_CLOSED', cause: reason })
    this.name = 'QmpClosedError'
  }
}

/** It was gone before the command was sent: QEMU has not heard it. */
export class QmpUnsentError extends QmpClosedError {
  override readonly name = 'QmpUnsentError'
}

/** QEMU did not answer in time. The command may still take effect. */
export class QmpTimeoutError extends ZoneError {
  readonly timeoutMs: number

  constructor(missing: string, peer: string, timeoutMs: number, remedy?: string) {
    super(`No ${missing} from ${peer} within ${timeoutMs} ms`, {
      code: 'QMP_TIMEOUT',
      ...(remedy === undefined ? {} : { remedy }),
    })
    this.name = 'QmpTimeoutError'
    this.timeoutMs = timeoutMs
  }
}

/** What arrived is not QMP, or not the reply that kzone understands. */
export class QmpProtocolError extends ZoneError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'QMP_PROTOCOL', cause })
    this.name = 'QmpProtocolError'
  }
}

/** Gives an error the stack of an earlier place: the caller of a command, not the socket's event. */
export function withStackOf<E extends Error>(error: E, origin: Error): E {
  const stack = origin.stack ?? ''
  const frames = stack.indexOf('\n    at ')
  error.stack = `${error.name}: ${error.message}${frames < 0 ? '' : stack.slice(frames)}`
  return error
}
