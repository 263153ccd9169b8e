/** What a message says that has tried again since is no longer its last word. */
const isLastWord = (line: string) => !/Trying again/.test(line)

const stayed = /as before|goes on running here|stays here as it was/
const moved = /Migration (successful|done)|has moved to/

/**
 * What the operator was told, against what has become of the zone: at night nobody looks twice.
 *
 * @param exitCode of the command; null if it was killed
 */
export function wordViolations(
  output: string,
  exitCode: number | null,
  outcome: 'stayed' | 'moved',
): string[] {
  const lines = output.split('\n').filter(isLastWord)
  const wrong = lines.filter((line) => (outcome === 'moved' ? stayed : moved).test(line))
  return [
    ...wrong.map((line) => `the zone has ${outcome}, and the operator was told: ${line.trim()}`),
    ...(exitCode === 0 && outcome === 'stayed' ? ['the zone has stayed, and the command ended with 0'] : []),
  ]
}
