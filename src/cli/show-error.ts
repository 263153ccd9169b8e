import { Exit, type ExitCode, ZoneError } from '../errors.ts'
import { messageOf } from '../util/message-of.ts'
import { type CliIo, printLine } from './io.ts'

export interface ErrorFrame {
  readonly program: string
  readonly zone: string | undefined
  /** Shown after a mistake in the command line. */
  readonly usage: string | undefined
  /** The error as one JSON document on stderr instead. */
  readonly json: boolean
}

/**
 * Shows on stderr why a command failed: an operator's mistake with its remedy, a fault of kzone with its stack.
 *
 * @returns the exit code
 */
export function showError(error: unknown, io: CliIo, frame: ErrorFrame): ExitCode {
  const exit = error instanceof ZoneError ? error.exit : Exit.bug
  if (frame.json) printLine(io.stderr, JSON.stringify({ error: errorToJson(error, exit) }))
  else for (const line of renderError(error, frame)) printLine(io.stderr, line)
  return exit
}

/** The lines for people. */
export function renderError(error: unknown, { program, zone, usage }: Omit<ErrorFrame, 'json'>): string[] {
  if (!(error instanceof ZoneError)) {
    return [
      `${program}: fault in kzone: ${messageOf(error)}`,
      '  Please report it with these lines:',
      ...stackOf(error).map((line) => `  ${line.trimEnd()}`),
    ]
  }
  const isUsage = error.code === 'USAGE'
  return [
    `${prefix(error.message, program, isUsage ? undefined : zone)}${error.message}`,
    ...(error.remedy ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) => `${index === 0 ? '  remedy: ' : '          '}${line}`),
    ...(isUsage && usage !== undefined ? [usage] : []),
  ]
}

/** Of program and zone what the message does not begin with already. */
function prefix(message: string, program: string, zone: string | undefined): string {
  if (message.startsWith(`${program}: `)) return ''
  return zone === undefined || message.startsWith("zone '") ? `${program}: ` : `${program}: zone '${zone}': `
}

function stackOf(error: unknown): string[] {
  return error instanceof Error && error.stack !== undefined ? error.stack.split('\n') : []
}

function errorToJson(error: unknown, exit: ExitCode): object {
  if (error instanceof ZoneError) {
    const { message, code, remedy, details } = error
    return { code, message, remedy, exit, details }
  }
  return {
    code: 'BUG',
    message: messageOf(error),
    exit,
    stack: stackOf(error),
  }
}
