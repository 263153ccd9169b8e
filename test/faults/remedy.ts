/**
 * The commands for a zone that a message of kzone names as the way out, in order, as typed.
 *
 * @param output what a command has printed
 */
export function printedCommands(output: string): string[][] {
  const remedies = output.slice(Math.max(0, output.indexOf('remedy: ')))
  if (!output.includes('remedy: ')) return []
  return [...remedies.matchAll(/\b(zoneadm -z \S+ (?:migrate --recover|halt|boot)(?: -[A-Za-z-]+)*)/g)].map(
    ([, words = '']) => words.split(' '),
  )
}
