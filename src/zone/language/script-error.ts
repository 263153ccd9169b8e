import { ZoneError } from '../../errors.ts'

/** A mistake at a place of the text that was read. */
export class ScriptError extends ZoneError {
  /** Offset in the text. */
  readonly offset: number

  constructor(message: string, options: ConstructorParameters<typeof ZoneError>[1], offset: number) {
    super(shorten(message), options)
    this.offset = offset
  }
}

/** Messages quote what was typed, and that can be a whole file without a newline. */
function shorten(message: string): string {
  return message.length <= 400 ? message : `${message.slice(0, 200)} … ${message.slice(-180)}`
}

/** Says where an error happened, unless it knows already. What is no `ZoneError` is returned as it is. */
export function locate(error: unknown, offset: number): unknown {
  if (!(error instanceof ZoneError) || error instanceof ScriptError) return error
  const { message, code, remedy, exit, cause } = error
  return new ScriptError(message, { code, exit, ...(remedy === undefined ? {} : { remedy }), cause }, offset)
}

const shownColumns = 100

/**
 * Puts the place into the message, so that it can be shown to somebody who has the text before them:
 *
 *     On line 3:
 *     set host-compatible=memlzz
 *                         ^ column 21
 *     memlzz: Invalid argument
 */
export function explain(error: unknown, script: string): unknown {
  if (!(error instanceof ScriptError)) return error
  const before = script.slice(0, error.offset)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  const column = error.offset - lineStart
  const [whole = ''] = script.slice(lineStart).split('\n', 1)
  const from = Math.max(0, column - shownColumns / 2)
  const shown = whole
    .slice(from, from + shownColumns)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trimEnd()
  const message = [
    `On line ${line}:`,
    shown,
    `${' '.repeat(column - from)}^ column ${column + 1}`,
    error.message,
  ].join('\n')
  const { code, remedy, exit, cause } = error
  return new ZoneError(message, { code, exit, ...(remedy === undefined ? {} : { remedy }), cause })
}
