import { Exit, ZoneError } from '../errors.ts'
import { nearest } from '../zone/nearest.ts'

/** A mistake in the command line; the usage of the command is shown after it. */
export function usageError(message: string): ZoneError {
  return new ZoneError(message, { code: 'USAGE', exit: Exit.usage })
}

/** A name that does not exist, with the valid one that is most like it. */
export function unknownName(what: string, name: string, valid: readonly string[]): ZoneError {
  const meant = nearest(name, valid)
  return usageError(`unknown ${what} "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`)
}
