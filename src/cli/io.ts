/** A stream that may be a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

/** The streams of a command: results go to stdout, all else (progress, errors, questions) to stderr. */
export interface CliIo {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
}

export function printLine(stream: Output, line: string): void {
  stream.write(`${line}\n`)
}

/** One JSON document, as programs read it. */
export function printJson(stream: Output, value: unknown): void {
  printLine(stream, JSON.stringify(value, undefined, 2))
}
