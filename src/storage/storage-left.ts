import { ZoneError } from '../errors.ts'
import { messageOf } from '../util/message-of.ts'

const code = 'STORAGE_LEFT'

/** Storage could not be made, and what is there of it could not be removed again, or nobody knows whether anything is. */
export function storageLeft(uri: string, cause: unknown): ZoneError {
  return new ZoneError(`Cannot make "${uri}": ${messageOf(cause)}; something of it may be there`, {
    code,
    remedy: `If nobody has it, remove it: suriadm delete ${uri}`,
    cause,
  })
}

/** Of an error of `createStorage()`: all others say that nothing was made. */
export const mayBeLeft = (error: unknown) => error instanceof ZoneError && error.code === code
