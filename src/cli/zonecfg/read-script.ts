import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { ZoneError } from '../../errors.ts'
import { messageOf } from '../../util/message-of.ts'

/**
 * The text of a command file or of standard input, which must be UTF-8.
 *
 * @throws {ZoneError} FILE_UNREADABLE
 */
export async function readScript(path: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const name = path === '-' ? 'standard input' : `"${path}"`
  try {
    const bytes = path === '-' ? await buffer(stdin) : await readFile(path)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const isEncoding =
      error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    throw new ZoneError(
      isEncoding ? `${name} is not text in UTF-8` : `Cannot read ${name}: ${reason(error)}`,
      {
        code: 'FILE_UNREADABLE',
        cause: error,
      },
    )
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'EISDIR') return 'is a folder'
  return messageOf(error)
}
