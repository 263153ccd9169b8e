import { z } from 'zod'
import { Exit, type ExitCode, ZoneError } from '../errors.ts'
import { systemError } from '../util/system-error.ts'

const wireError = z.object({
  message: z.string(),
  code: z.string(),
  remedy: z.string().optional(),
  exit: z.number(),
  /** The stack of a fault of kzone itself: for the log of the side that shows it, never for an operator's mistake. */
  stack: z.string().optional(),
  details: z.unknown().optional(),
})

export type WireError = z.infer<typeof wireError>

const exitCodes = new Set<number>(Object.values(Exit))

/** The form in which an error travels between hosts. */
export function errorToWire(error: unknown): WireError {
  if (error instanceof ZoneError) {
    const { message, code, remedy, exit, details } = error
    return {
      message,
      code,
      exit,
      ...(remedy === undefined ? {} : { remedy }),
      ...(details === undefined ? {} : { details }),
    }
  }
  // What failed first is what the operator has to know; the failure to undo it has the same cause as a rule.
  if (error instanceof SuppressedError) return errorToWire(error.suppressed)
  const failure = systemError(error)
  if (failure !== undefined) return errorToWire(failure)
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, code: 'BUG', exit: Exit.bug, ...(stack === undefined ? {} : { stack }) }
}

/** The error that an answer of the other end stands for. */
export function wireToError(data: unknown): Error {
  const parsed = wireError.safeParse(data)
  if (!parsed.success) return new Error('The other end answered with an error of unknown form')
  const { message, code, remedy, exit, stack, details } = parsed.data
  if (code === 'BUG') {
    const bug = new Error(message)
    if (stack !== undefined) bug.stack = stack
    return bug
  }
  return new ZoneError(message, {
    code,
    details,
    ...(remedy === undefined ? {} : { remedy }),
    exit: exitCodes.has(exit) ? (exit as ExitCode) : Exit.failed,
  })
}
