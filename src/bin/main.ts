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
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  try {
    process.exitCode = await run(argv.slice(2), io, controller.signal)
  } catch (error) {
    process.exitCode = showError(error, io, { program, zone: undefined, usage: undefined, json: false })
  }
}
