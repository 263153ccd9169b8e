import type { CliIo } from '../cli/io.ts'
import { showError } from '../cli/show-error.ts'
import { Exit, type ExitCode, ZoneError } from '../errors.ts'

/**
 * The life of a program: Ctrl-C (SIGINT) and SIGTERM abort the signal, the second one ends the process; what nobody
 * reads any more is dropped, so that `| head` neither fails the command nor cuts its work off.
 */
export async function main(
  program: string,
  run: (argv: readonly string[], io: CliIo, signal: AbortSignal) => Promise<ExitCode>,
): Promise<void> {
  const { stdin, stdout, stderr, argv } = process
  const io = { stdin, stdout, stderr }
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(Exit.interrupted)
    controller.abort(new ZoneError('Cancelled', { code: 'CANCELLED', exit: Exit.interrupted }))
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  let isOutputLost = false
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isOutputLost) return
    isOutputLost = true
    stderr.write(`${program}: cannot write the output: ${message}\n`)
  })
  stderr.on('error', () => undefined)
  try {
    const exit = await run(argv.slice(2), io, controller.signal)
    process.exitCode = exit === Exit.ok && isOutputLost ? Exit.failed : exit
  } catch (error) {
    process.exitCode = showError(error, io, { program, zone: undefined, usage: undefined, json: false })
  }
}
