import { ZoneError } from '../errors.ts'
import type { CliIo } from './io.ts'

export interface Confirmation {
  /** What is about to be done, in one word. */
  readonly verb: string
  readonly question: string
  /** The command that does it without being asked. */
  readonly force: string
}

/**
 * Asks before something is destroyed: `QUESTION (y/[n])? `.
 *
 * @throws ZoneError NOT_CONFIRMED if nobody can be asked, or the answer is not yes
 */
export async function confirm(
  { stdin, stderr }: CliIo,
  { verb, question, force }: Confirmation,
  signal: AbortSignal,
): Promise<void> {
  if (stdin.isTTY !== true) {
    throw new ZoneError(`Input is not from a terminal and -F is not given: ${verb} is not done`, {
      code: 'NOT_CONFIRMED',
      remedy: `To do it without being asked: ${force}`,
    })
  }
  const { createInterface } = await import('node:readline/promises')
  // The terminal itself edits the line, and Ctrl-C stays a signal.
  const reader = createInterface({ input: stdin, output: stderr, terminal: false })
  // Ctrl-D is an answer too, though not yes.
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  reader.once('close', () => end(''))
  try {
    const answer = await Promise.race([reader.question(`${question} (y/[n])? `, { signal }), ended])
    if (/^\s*y(es)?\s*$/i.test(answer)) return
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
  throw new ZoneError(`${verb} is cancelled`, { code: 'NOT_CONFIRMED' })
}
