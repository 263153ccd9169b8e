import { PassThrough } from 'node:stream'
import type { CliIo, Output } from './io.ts'

/** Streams of a command in a test; what it wrote can be read. */
export interface MemoryIo extends CliIo {
  readonly stdin: PassThrough & { isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly out: () => string
  readonly err: () => string
}

/** @param options which streams are terminals, and the width of those for output */
export function memoryIo({ tty = false, columns = 80 } = {}): MemoryIo {
  const stdin = Object.assign(new PassThrough(), tty ? { isTTY: true } : {})
  const [stdout, out] = collector(tty, columns)
  const [stderr, err] = collector(tty, columns)
  return { stdin, stdout, stderr, out, err }
}

function collector(tty: boolean, columns: number): [Output, () => string] {
  let text = ''
  const stream = new PassThrough()
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  return [Object.assign(stream, tty ? { isTTY: true, columns } : {}), () => text]
}
