/** Exit codes of all commands. */
export const Exit = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** The compatibility check refused the migration; nothing has moved. */
  refused: 3,
  /** A fault in kzone itself (EX_SOFTWARE of sysexits(3)). */
  bug: 70,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

export interface ZoneErrorOptions {
  /** Stable, upper-case identifier, also in `--json`. */
  readonly code: string
  /** What the operator can type or do next. */
  readonly remedy?: string
  /** Exit code of the command that ends with this error. */
  readonly exit?: ExitCode
  readonly cause?: unknown
  /** Plain data that belongs to the error and travels with it, as a compatibility report does. */
  readonly details?: unknown
}

/**
 * Something that the operator can act on: it has a stable code, a message without a final period, and where there
 * is one a remedy. It is shown without a stack. Whatever else is thrown is a fault of kzone (`Exit.bug`).
 */
export class ZoneError extends Error {
  readonly code: string
  readonly remedy: string | undefined
  readonly exit: ExitCode
  readonly details: unknown

  constructor(message: string, { code, remedy, exit = Exit.failed, cause, details }: ZoneErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ZoneError'
    this.code = code
    this.remedy = remedy
    this.exit = exit
    this.details = details
  }
}
