import { ZoneError } from '../errors.ts'
import { messageOf } from '../util/message-of.ts'
import type { Fact } from './schema.ts'

/** What to type on the host against an error, by the error's code. */
const remedies: ReadonlyMap<string, readonly string[]> = new Map([
  ['QEMU_NOT_STARTED', ['apt-get install qemu-system-x86 qemu-block-extra']],
])

/** A reason is one line in a report; QEMU may have written pages. */
const maxReasonLength = 500

/**
 * A fact from whatever finds it out: what it throws becomes the reason why the fact is not known.
 *
 * @param packageName Debian's package with the program that is run, for the remedy if it is missing
 */
export async function attempt<T>(find: () => Promise<T> | T, packageName?: string): Promise<Fact<T>> {
  try {
    return { known: await find() }
  } catch (error) {
    const unknown = reasonOf(error)
    const remedy = error instanceof ZoneError ? remedyOf(error, packageName) : undefined
    return remedy === undefined ? { unknown } : { unknown, remedy: [...remedy] }
  }
}

function reasonOf(error: unknown): string {
  const message = messageOf(error)
  const advice = error instanceof ZoneError && error.remedy !== undefined ? `. ${error.remedy}` : ''
  const text = `${message}${advice}`.replaceAll(/\s*\n\s*/g, '; ')
  return text.slice(0, maxReasonLength) || 'it failed without a word'
}

function remedyOf({ code }: ZoneError, packageName: string | undefined): readonly string[] | undefined {
  if (code === 'COMMAND_MISSING' && packageName !== undefined) return [`apt-get install ${packageName}`]
  return remedies.get(code)
}
