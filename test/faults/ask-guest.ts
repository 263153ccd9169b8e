import { type FaultHost, zone } from './world.ts'

const answerSeconds = 12
const keptCharacters = 30_000

/**
 * For the shell on the guest's console, by what is built into it alone: in a guest that is not well a new process may never run.
 * What each process waits for, and whether time and interrupts go on.
 */
const questions = [
  'show() { while read -r line; do echo "$line"; done < "$1"; }',
  'for it in /proc/[0-9]*; do read -r name < "$it/comm"; read -r all < "$it/stat"; echo "== $name $all"; show "$it/stack"; done',
  'for it in 1 2; do show /proc/uptime; show /proc/loadavg; show /proc/interrupts; read -r -t 2 it < /run/never; done',
  'show /proc/timer_list',
].join('\n')

/** What the guest says for itself on its console there; nothing if it does not run there. */
export async function askGuest({ host }: FaultHost): Promise<string> {
  const typed = `(printf '%s\\n' "$0"; sleep ${answerSeconds}) | timeout ${answerSeconds + 2} zlogin -C ${zone}`
  const { stdout } = await host.run(['sh', '-c', typed, questions], { timeoutMs: 2_000 * answerSeconds })
  return stdout.slice(-keptCharacters)
}
