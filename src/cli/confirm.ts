import { ZoneError } from '../errors.ts'
import type { CliIo } from './io.ts'

/**
 * Asks before something is destroyed: `QUESTION (y/[n])? `.
 *
 * @param verb for the refusal
 * @throws ZoneError NOT_CONFIRMED if nobody can be asked, or the answer is not yes
 */
export async function confirm(
  { stdin, stderr }: CliIo,
  verb: string,
  question: string,
  signal: AbortSignal,
): Promise<void> {
  if (stdin.isTTY !== true) {
    throw new ZoneError(`Input is not from a terminal and -F is not given: ${verb} is not done`, {
      code: 'NOT_CONFIRMED',
      remedy: `To do it without being asked: ${verb} -F`,
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
