import { execFile } from 'node:child_process'
import { ZoneError } from '../errors.ts'

export interface RunCommandOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  /** Written to the command's standard input. */
  readonly input?: string
  /** Called with what it writes to standard output, as it comes. */
  readonly onOutput?: (text: string) => void
}

export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
}

const maxOutputBytes = 64 * 1024 * 1024

/**
 * Runs a program of the host to its end, without a shell.
 *
 * @throws ZoneError COMMAND_MISSING if it is not installed, COMMAND_FAILED with its last words otherwise
 */
export function runCommand(
  program: string,
  args: readonly string[],
  { signal, timeoutMs = 30_000, input = '', onOutput }: RunCommandOptions = {},
): Promise<CommandOutput> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutput>()
  const options = { signal, timeout: timeoutMs, maxBuffer: maxOutputBytes, killSignal: 'SIGKILL' } as const
  const child = execFile(program, args, options, (error, stdout, stderr) => {
    if (error === null) return resolve({ stdout, stderr })
    if (signal?.aborted === true) return reject(signal.reason as Error)
    if (error.code === 'ENOENT') {
      return reject(
        new ZoneError(`Cannot run "${program}": it is not installed`, { code: 'COMMAND_MISSING' }),
      )
    }
    const words = stderr.trim() || (error.killed === true ? `no end within ${timeoutMs} ms` : error.message)
    // Most programs begin with their name themselves.
    const message = /^[a-z][\w.-]*: /.test(words) ? words : `${program}: ${words}`
    return reject(new ZoneError(message, { code: 'COMMAND_FAILED', cause: error }))
  })
  if (onOutput !== undefined) child.stdout?.on('data', onOutput)
  // A program that ends without reading its input is not an error of ours.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  return promise
}
