import type { ZoneError } from '../../errors.ts'

/** The streams of the command. */
export interface ZonecfgIo {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** Somebody sits at the other end of stdin and can be asked. */
  readonly isTty: boolean
}

export function printLines(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
}

/** Shows an operator's mistake: what, and what can be done. */
export function showError(io: ZonecfgIo, error: ZoneError): void {
  printLines(io.stderr, [error.message, ...(error.remedy === undefined ? [] : [error.remedy])])
}
