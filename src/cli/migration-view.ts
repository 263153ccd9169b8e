import type { MigrationSummary, Progress } from '../agent/api.ts'
import type { Report } from '../compat/schema.ts'
import { formatSize, formatTime } from './format-quantity.ts'
import type { CliIo } from './io.ts'
import { renderTransfer } from './render-transfer.ts'
import { renderReport } from './report/render-report.ts'
import { StatusLine } from './status-line.ts'

export interface MigrationViewOptions {
  readonly program: string
  readonly zone: string
  readonly dryRun: boolean
  /** Nothing but what went wrong, and what was asked for with a dry run. */
  readonly quiet: boolean
}

/**
 * Shows a migration to people. Progress lines go to stderr as zoneadm(8) prints all its messages; the report of a dry
 * run is that command's result and goes to stdout.
 */
export class MigrationView implements Disposable {
  readonly #io: CliIo
  readonly #options: MigrationViewOptions
  readonly #status: StatusLine
  #isReportShown = false

  constructor(io: CliIo, options: MigrationViewOptions) {
    this.#io = io
    this.#options = options
    this.#status = new StatusLine(io.stderr)
  }

  progress(progress: Progress): void {
    switch (progress.kind) {
      case 'line':
        if (!this.#options.quiet) this.say(progress.text)
        break
      case 'report':
        this.report(progress.report)
        break
      case 'transfer':
        if (!this.#options.quiet) this.#status.update((columns) => renderTransfer(progress, columns))
        break
    }
  }

  /** Shows the report once, unless it says nothing and nobody asked for it. */
  report(report: Report): void {
    const { dryRun } = this.#options
    if (this.#isReportShown || (!dryRun && report.findings.length === 0)) return
    this.#isReportShown = true
    const stream = dryRun ? this.#io.stdout : this.#io.stderr
    this.#status.clear()
    stream.write(renderReport(report, { colour: stream.isTTY === true && !process.env['NO_COLOR'] }))
  }

  summary(summary: MigrationSummary): void {
    this.#status.clear()
    if (this.#options.dryRun) this.report(summary.report)
    else if (!this.#options.quiet) this.say(summaryLine(summary))
  }

  /** A line with the prefix of zoneadm's messages. */
  say(text: string): void {
    const { program, zone } = this.#options
    this.#status.print(`${program}: zone '${zone}': ${text}`)
  }

  [Symbol.dispose](): void {
    this.#status[Symbol.dispose]()
  }
}

/** How a migration went, in one line. */
export function summaryLine({
  totalMs,
  pauseMs,
  networkPauseMs,
  qemuDowntimeMs,
  transferredBytes,
}: MigrationSummary): string {
  const others = [
    ...(networkPauseMs === null ? [] : [`network: ${formatTime(networkPauseMs)}`]),
    ...(qemuDowntimeMs === null ? [] : [`QEMU: ${formatTime(qemuDowntimeMs)}`]),
  ]
  const seen = others.length === 0 ? '' : ` (${others.join(', ')})`
  const parts = [
    `Migrated in ${formatTime(totalMs)}`,
    ...(pauseMs === null ? [] : [`guest paused ${formatTime(pauseMs)}${seen}`]),
    ...(transferredBytes === null ? [] : [`${formatSize(transferredBytes)} sent`]),
  ]
  return `${parts.join(', ')}.`
}
