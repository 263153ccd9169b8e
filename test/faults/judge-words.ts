import type { Verb } from './case.ts'

/** What a message says that has tried again since is no longer its last word. */
const isLastWord = (line: string) => !/Trying again/.test(line)

const stayed = /as before|goes on running here|stays here as it was/
const moved = /Migration (successful|done)|has moved to/
const running = /goes on running here|is running as before/
const suspended = /Suspended; the image/

/** What is said of a zone that is elsewhere, or in another state. */
const wrongOf = { moved: stayed, stayed: moved, suspended: running, running: suspended } as const

const doneBy = (verb: Verb | undefined) =>
  verb === undefined ? 'moved' : ({ suspend: 'suspended', resume: 'running' } as const)[verb]

/**
 * What the operator was told, against what has become of the zone: at night nobody looks twice.
 *
 * @param exitCode of the command; null if it was killed
 */
export function wordViolations(
  output: string,
  exitCode: number | null,
  outcome: keyof typeof wrongOf,
  verb?: Verb,
): string[] {
  const lines = output.split('\n').filter(isLastWord)
  const wrong = lines.filter((line) => wrongOf[outcome].test(line))
  return [
    ...wrong.map((line) => `the zone has ${outcome}, and the operator was told: ${line.trim()}`),
    ...(exitCode === 0 && outcome !== doneBy(verb)
      ? [`the zone is ${outcome}, and the command ended with 0`]
      : []),
  ]
}
