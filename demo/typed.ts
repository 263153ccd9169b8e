import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestHost } from '../test/hosts/test-host.ts'
import type { Narrator } from './narrator.ts'

export interface TypedOptions {
  readonly signal: AbortSignal
  /** The exit code that belongs to the story; 0 by default. */
  readonly expected?: number
}

/**
 * Runs a command on a host as if it were typed there: shows it, and each line that it prints when it prints it.
 * @returns all that it printed, both streams in their order
 * @throws Error if it ends with another code than expected; the signal's reason
 */
export async function typed(
  narrator: Narrator,
  host: TestHost,
  argv: readonly string[],
  { signal, expected = 0 }: TypedOptions,
): Promise<string> {
  signal.throwIfAborted()
  narrator.command(host.name, argv)
  const child = host.spawn(['sh', '-c', 'exec "$0" "$@" 2>&1', ...argv])
  if (child.stdout === null) throw new Error('A command without output cannot be shown')
  const closed = once(child, 'close')
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  const lines: string[] = []
  try {
    child.stdin?.on('error', () => undefined).end()
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      narrator.output(line)
    }
    const [code] = (await closed) as [number | null]
    signal.throwIfAborted()
    if (code !== expected) {
      throw new Error(`"${argv.join(' ')}" on ${host.name} ended with ${code}, expected ${expected}`)
    }
    return lines.join('\n')
  } finally {
    signal.removeEventListener('abort', kill)
  }
}
