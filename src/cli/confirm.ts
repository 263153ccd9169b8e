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
  const reader = createInterface({ input: stdin, output: stderr })
  // Ctrl-D is an answer too, though not yes.
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  reader.once('close', () => end(''))
  try {
    // In a terminal's raw mode Ctrl-C reaches the reader, not the process.
    const interrupted = new Promise<never>((_, reject) =>
      reader.once('SIGINT', () => reject(new ZoneError(`${verb} is cancelled`, { code: 'NOT_CONFIRMED' }))),
    )
    const answer = await Promise.race([
      reader.question(`${question} (y/[n])? `, { signal }),
      ended,
      interrupted,
    ])
    if (/^\s*y(es)?\s*$/i.test(answer)) return
  } finally {
    reader.close()
  }
  throw new ZoneError(`${verb} is cancelled`, { code: 'NOT_CONFIRMED' })
}
