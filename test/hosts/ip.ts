import { runChecked } from './run.ts'

/**
 * Runs commands of ip(8), all in one process.
 * @param commands without the leading `ip`, e.g. `link set lo up`
 * @param namespace where they run; the machine's own if not given
 * @throws Error with the message of the first command that failed
 */
export async function ip(commands: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-netns', namespace]
  await runChecked(['ip', ...where, '-batch', '-'], { input: `${commands.join('\n')}\n` })
}
